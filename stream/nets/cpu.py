"""Run the two nets on the processor, as stages: segment a frame, then paint it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Self

import cv2
import numpy as np

from engines.bundle import Bundle, Net
from engines.engine import Engine
from engines.gpu.device import HostArray
from stream.controls import Controls
from stream.fit import Fit, FitMode, Size
from stream.frame import Frame, Image
from stream.nets.clock import FrameClock
from stream.nets.cut import CutNotice

PERMITS = 2
"""Frames in flight: one in each net. A third only waits, and ages by a third more at the same frame rate."""


NOT_OPENED = "not opened"
"""The `backend` of a stage that has no engine yet."""


OpenNet = Callable[[Bundle, Net, str, int], Engine]
"""Opens a net of a bundle with a backend and so many threads; the caller closes the engine."""


def open_net_alone(bundle: Bundle, net: Net, backend: str, threads: int) -> Engine:
    """Open a net for one loop alone, as loops do that share no engines with others."""
    return bundle.open(net, backend, threads=threads)


def open_stages(
    bundle: Bundle,
    controls: Controls,
    *,
    backend: str = "auto",
    threads: int | None = None,
    fit: FitMode = "crop",
    expected: Size | None = None,
    open_net: OpenNet = open_net_alone,
) -> tuple[Segment, Synthesize]:
    """Return the stages of a bundle's two nets; their engines are opened when the loop starts.

    Args:
        bundle: the two graphs, at one size or several: each frame gets the one nearest to its proportions.
        controls: the live settings.
        backend: which runtime; see `engines.backends.open_engine`.
        threads: of each of the two engines; by default they share the processor's cores evenly.
        fit: how frames meet the net's size.
        expected: (h, w) that frames are expected to have; the engines for it are opened first. By default
            that of most cameras, 16:9.
        open_net: opens the engine of a net, on the stage's own thread.
    """
    threads = threads_each(threads)
    way = fit_of(bundle, fit, expected)
    seen = {sized.card.segment.size: sized for sized in reversed(bundle.each_size())}
    painted = {sized.card.synthesize.size: sized for sized in bundle.each_size()}
    first = way.nearest(way.expected)
    return (
        Segment(
            lambda size: open_net(seen[size], "segment", backend, threads),
            controls,
            way,
            bundle.card.segment.state,
        ),
        Synthesize(
            lambda size: open_net(painted[size], "synthesize", backend, threads),
            controls,
            seen[first].card.synthesize.size,
        ),
    )


def fit_of(bundle: Bundle, mode: FitMode, expected: Size | None = None) -> Fit:
    """Return the fit between frames and a bundle's segmenter, at all of the bundle's sizes."""
    first, *others = dict.fromkeys(sized.card.segment.size for sized in bundle.each_size())
    way = Fit(mode, first, tuple(others))
    return replace(way, expected=expected) if expected else way


def threads_each(threads: int | None) -> int:
    """Return the threads of each net: as asked, else an even share of the cores."""
    return threads or max(1, cores() // 2)


def cores() -> int:
    """Count the cores that this process may use, or those of the machine where the system does not tell."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def mirrored(image: Image, controls: Controls) -> Image:
    """Return the frame's image as the viewer wants it: flipped left to right, or as it is."""
    return cv2.flip(image, 1) if controls.mirror else image  # type: ignore[return-value]


_NO_STATE: Mapping[str, Any] = MappingProxyType({})


class _NetStage:
    """Run a net as a stage: its engines are opened, run and closed on the stage's own thread.

    There is an engine for each size of the net. The one for the expected size is opened at the start, any
    other at the first frame that needs it.
    """

    name: str
    takes_notices = False
    backend = NOT_OPENED

    def __init__(self, opener: Callable[[Size], Engine], controls: Controls, first: Size) -> None:
        self._open, self._controls, self._first = opener, controls, first

    def __enter__(self) -> Self:
        self._engines: dict[Size, Engine] = {}
        self._use(self._first)
        return self

    def __exit__(self, *exc: Any) -> None:
        while self._engines:
            self._engines.popitem()[1].close()

    def _use(self, size: Size) -> None:
        """Take the engine of a size for what follows; open it if this is the first frame of the size."""
        if size not in self._engines:
            engine = self._engines[size] = self._open(size)
            self._engine, self.backend = engine, engine.backend
            # The first run is when runtimes allocate and tune; no later frame should wait for it.
            self._warm_up(size, {spec.name: spec.zeros() for spec in engine.inputs})
        self._engine = self._engines[size]

    def _warm_up(self, size: Size, zeros: dict[str, HostArray]) -> None:
        self._run(zeros)

    def _run(self, inputs: Mapping[str, HostArray], state: Mapping[str, HostArray] = _NO_STATE) -> Image:
        """Fill `state`; return the graph's one other output, in memory of its own for the frame."""
        (spec,) = (spec for spec in self._engine.outputs if spec.name not in state)
        output = spec.empty()
        self._engine(inputs, {spec.name: output, **state})
        return output


class Segment(_NetStage):
    """Segment a frame: image → label map.

    Args:
        opener: opens the segment graph's engine for a net size (h, w) of `fit`.
        controls: `mirror`, `frozen` and `steadiness` are read for every frame.
        fit: how a frame becomes the net's input.
        state: input → output of the graph: what it remembers.
    """

    name = "segment"

    def __init__(
        self,
        opener: Callable[[Size], Engine],
        controls: Controls,
        fit: Fit,
        state: Mapping[str, str] = _NO_STATE,
    ) -> None:
        super().__init__(opener, controls, fit.nearest(fit.expected))
        self.fit, self._state = fit, state
        self._size: Size | None = None
        self._memories: dict[Size, _Memories] = {}
        self._cut = CutNotice(fit)
        self._kept: Image | None = None
        self._clock = FrameClock()

    def __call__(self, frame: Frame) -> Frame:
        """Return the frame with `labels`; its image is mirrored where the viewer wants that."""
        image = mirrored(frame.image, self._controls)
        self._cut(image)
        size = self.fit.size_for(image)
        if size != self._size:
            self.forget()  # pictures of other proportions are another film
            self._use(size)
            self._size = size
        if self._kept is None or not self._controls.frozen:
            self._kept = self._see(self.fit.to_net(image), frame.pts, self._memories[size])
        return replace(frame, image=image, labels=self._kept)

    def forget(self) -> None:
        """Reset the memory, so that the next frame counts as the first; called on the stage's thread."""
        self._clock, self._kept = FrameClock(), None

    def _warm_up(self, size: Size, zeros: dict[str, HostArray]) -> None:
        ends = {spec.name: spec for spec in self._engine.outputs}
        memories = self._memories[size] = _Memories(
            {into: zeros[into] for into in self._state},
            {into: ends[out].empty() for into, out in self._state.items()},
        )
        self._run(zeros, {out: memories.spare[into] for into, out in self._state.items()})

    def _see(self, image: Image, pts: float, memories: _Memories) -> Image:
        if not self._state:
            return self._run({"frame": image})
        dt = self._clock(pts)
        if dt is None:
            for array in memories.now.values():
                array[...] = 0
        inputs: dict[str, HostArray] = {
            "frame": image,
            "dt": np.array(dt or 0, np.float32),
            "steadiness": np.array(self._controls.steadiness or 0, np.float32),
            **memories.now,
        }
        labels = self._run(inputs, {out: memories.spare[into] for into, out in self._state.items()})
        memories.now, memories.spare = memories.spare, memories.now
        return labels


@dataclass(slots=True)
class _Memories:
    """The memory of one engine after its last frame, and room for the next."""

    now: dict[str, HostArray]
    spare: dict[str, HostArray]


class Synthesize(_NetStage):
    """Paint a label map: swap its labels into the painter's space, and synthesize the picture.

    Args:
        opener: opens the synthesize graph's engine for label maps of a size (H, W).
        controls: `swap` is read for every frame.
        first: the size that is opened first.
    """

    name = "synthesize"

    def __call__(self, frame: Frame) -> Frame:
        """Return the frame with `picture` and `painted_labels`."""
        swap = self._controls.swap
        assert frame.labels is not None
        height, width = frame.labels.shape
        self._use((height, width))
        picture = self._run({"labels": frame.labels, "swap": swap})
        return replace(frame, painted_labels=swap[frame.labels], picture=picture)
