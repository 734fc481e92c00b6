"""Choose the route of frames on this machine: through the processor, or through a GPU."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engines.backends import automatic, backend_of, open_device
from engines.bundle import Bundle, Net
from engines.card import GraphCard
from engines.engine import Engine
from engines.errors import BackendError
from engines.gpu.device import Device, Stream
from engines.gpu.nvidia import Gpu, find_gpu
from engines.trial import open_graphs, try_runtime
from stream.controls import Controls
from stream.fit import Fit, FitMode, Size
from stream.frame import Image, Stage
from stream.nets.cpu import (
    NOT_OPENED,
    PERMITS,
    OpenNet,
    Segment,
    Synthesize,
    fit_of,
    open_net_alone,
    open_stages,
)
from stream.nets.gpu import PERMITS as DEVICE_PERMITS
from stream.nets.gpu import Download, GpuPalette, GpuSegment, GpuSynthesize, Upload
from stream.nets.gpu_streams import DeviceNets, Opener
from stream.nets.palette.palette import LivePalette
from stream.nets.palette.palette_segment import PaletteSegment
from stream.scenes.duel import Duel

Segmenting = Segment | GpuSegment | PaletteSegment | GpuPalette
"""A stage that segments; `forget` resets its memory."""


@dataclass(frozen=True, slots=True)
class Route:
    """Hold the stages of the two nets, and the number of frames that may be among them.

    Attributes:
        stages: in order.
        engines: those that run an engine, or stand in the place of one.
        fit: how frames meet the net's size.
        permits: frames in flight.
        nets: what the stages share on a GPU; None on the processor.
        passed_over: why each better runtime was not taken, where this machine has a GPU.
        compared: whether this machine compared the runtime's answers with the processor's.
    """

    stages: tuple[Stage, ...]
    engines: tuple[Segmenting | Synthesize | GpuSynthesize, ...]
    fit: Fit
    permits: int
    nets: DeviceNets | None = None
    passed_over: tuple[str, ...] = ()
    compared: bool = False

    @property
    def is_open(self) -> bool:
        """Whether all engines are open, so that their runtimes are known."""
        return all(stage.backend != NOT_OPENED for stage in self.engines)

    def facts(self) -> dict[str, Any]:
        """Return the figures of the route for a report: `backends` and, on a GPU, `device_ms` a frame."""
        facts: dict[str, Any] = {"backends": {stage.name: stage.backend for stage in self.engines}}
        if self.nets:
            facts["device_ms"] = {step: times.in_ms() for step, times in self.nets.times.items()}
        return facts


@dataclass(frozen=True, slots=True)
class ChosenRuntime:
    """Hold the runtime that was chosen for a bundle on this machine.

    Attributes:
        backend: its name; on the processor, `auto` may be left for each graph.
        on_device: whether it is one of a GPU.
        compared: whether this machine compared its answers with the processor's.
        passed_over: why each better runtime was not taken, where this machine has a GPU.
    """

    backend: str
    on_device: bool = False
    compared: bool = False
    passed_over: tuple[str, ...] = ()


def choose_runtime(
    bundle: Bundle, backend: str = "auto", *, fit: FitMode = "crop", expected: Size | None = None
) -> ChosenRuntime:
    """Choose the runtime for a bundle; arguments and errors as for `open_route`."""
    one = _at_one_size(bundle, fit, expected)
    if backend != "auto":
        asked = backend_of(backend)
        if "device" in asked.places:
            open_graphs(one, asked, open_device())
            return ChosenRuntime(asked.name, on_device=True)
        return ChosenRuntime(backend)
    reasons: list[str] = []
    if gpu := _reachable_gpu(reasons):
        for candidate in automatic("device"):
            try:
                try_runtime(one, candidate, open_device(), gpu, _trial_frame(one))
            except Exception as error:  # libraries raise errors of many kinds
                reasons.append(f"{candidate.name} is passed over: {str(error) or type(error).__name__}")
            else:
                return ChosenRuntime(candidate.name, True, compared=True, passed_over=tuple(reasons))
    return ChosenRuntime(backend, passed_over=tuple(reasons))


def open_route(
    bundle: Bundle,
    controls: Controls,
    *,
    backend: str = "auto",
    threads: int | None = None,
    fit: FitMode = "crop",
    expected: Size | None = None,
    permits: int | None = None,
    choice: ChosenRuntime | None = None,
    open_net: OpenNet = open_net_alone,
    palette: LivePalette | None = None,
) -> Route:
    """Choose the route of a bundle's frames; the engines are opened when the loop starts.

    Args:
        bundle: the two graphs. On the processor, each frame gets the size nearest to its proportions; a GPU
            keeps the one size that is nearest to `expected`.
        controls: the live settings.
        backend: a runtime by name, or `auto`: the first that runs both graphs here, those of a GPU before
            those of the processor. One of a GPU is tried first, and its answers are compared with the
            processor's; whatever fails there is a reason in `passed_over`.
        threads: of each engine on the processor; by default they share its cores evenly.
        fit: how frames meet the net's size.
        expected: (h, w) that frames are expected to have; by default that of most cameras, 16:9.
        permits: frames in flight; by default what measured best.
        choice: what was chosen before for the same bundle, in place of `backend`.
        open_net: opens a net's engine on the processor, on the stage's own thread.
        palette: segments frames by their colours, in place of the bundle's segmenter.

    Raises:
        UsageError: no such backend.
        BackendError: a backend asked for by name that wants a GPU, and none can be reached.
    """
    choice = choice or choose_runtime(bundle, backend, fit=fit, expected=expected)
    if choice.on_device:
        one = _at_one_size(bundle, fit, expected)
        route = device_route(
            one, controls, open_device, choice.backend, fit=fit, permits=permits, palette=palette
        )
        return replace(route, compared=choice.compared, passed_over=choice.passed_over)
    stages = open_stages(
        bundle,
        controls,
        backend=choice.backend,
        threads=threads,
        fit=fit,
        expected=expected,
        open_net=open_net,
    )
    segment, synthesize = stages
    chosen = (by_colour(bundle, palette, controls, segment.fit) if palette else segment), synthesize
    return Route(chosen, chosen, segment.fit, permits or PERMITS, passed_over=choice.passed_over)


def by_colour(bundle: Bundle, palette: LivePalette, controls: Controls, fit: Fit) -> PaletteSegment:
    """Return the stage that segments by colours, for the label maps that a bundle's painter takes."""
    sizes = {one.card.segment.size: one.card.synthesize.size for one in reversed(bundle.each_size())}
    return PaletteSegment(palette, controls, fit, sizes)


def device_route(
    bundle: Bundle,
    controls: Controls,
    opener: Callable[[], Device],
    backend: str = "auto",
    *,
    open_graph: Callable[[Path, GraphCard, Device, Stream], Engine] | None = None,
    fit: FitMode = "crop",
    permits: int | None = None,
    palette: LivePalette | None = None,
) -> Route:
    """Return the route through one device.

    Args:
        bundle: the two graphs, of which the first size is taken.
        controls: the live settings.
        opener: returns the device.
        backend: which of its runtimes.
        open_graph: opens a graph on a stream in place of `backend`.
        fit: how frames meet the net's size.
        permits: frames in flight, and slots for them.
        palette: segments frames by their colours, in place of the bundle's segmenter.
    """
    card, permits = bundle.card, permits or DEVICE_PERMITS

    def opens(net: Net) -> Opener:
        def graph(device: Device, stream: Stream) -> Engine:
            if open_graph:
                return open_graph(getattr(bundle, net), getattr(card, net), device, stream)
            return bundle.open(net, backend, stream=stream)

        return graph

    state = {out: into for into, out in card.segment.state.items()}
    nets = DeviceNets(opener, opens("segment"), opens("synthesize"), slots=permits, state=state)
    way = Fit(fit, card.segment.size)
    segment: GpuSegment | GpuPalette = GpuSegment(nets, controls)
    if palette:
        segment = GpuPalette(nets, controls, by_colour(bundle, palette, controls, way))
    synthesize = GpuSynthesize(nets, controls)
    stages = (Upload(nets, controls, way), segment, synthesize, Download(nets, controls))
    return Route(stages, (segment, synthesize), way, permits, nets)


def _at_one_size(bundle: Bundle, fit: FitMode, expected: Size | None) -> Bundle:
    """Return the bundle at the size that is nearest to the expected frames."""
    way = fit_of(bundle, fit, expected)
    net_size = way.nearest(way.expected)
    return next(sized for sized in bundle.each_size() if sized.card.segment.size == net_size)


def _reachable_gpu(reasons: list[str]) -> Gpu | None:
    """Return the GPU if it can be reached; where there is one that cannot, add the reason."""
    try:
        gpu = find_gpu()
    except BackendError:
        return None
    try:
        open_device()
    except Exception as error:  # of a library, as above
        reasons.append(f"The GPU is passed over: {str(error) or type(error).__name__}")
        return None
    return gpu


def _trial_frame(bundle: Bundle) -> Image:
    """Return a drawn frame of the segmenter's size."""
    return Fit("crop", bundle.card.segment.size).to_net(Duel(0, (640, 360)).at(0).image)
