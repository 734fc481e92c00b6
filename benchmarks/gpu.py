"""Measure the loop through a GPU, for `neteyes bench gpu`: its parts, the eager nets, and the roofline."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from itertools import islice
from typing import Any

from benchmarks.machine import machine
from benchmarks.power import Power
from engines.backends import backend_of, open_device
from engines.bundle import Bundle
from engines.compare import compare_labels, compare_pictures
from engines.errors import UsageError
from engines.gpu.nvidia import find_gpu
from engines.labels import KEEP
from stream.controls import Controls
from stream.fit import Fit
from stream.frame import Frame, Image
from stream.loop.pipeline import Pipeline
from stream.loop.report import report_of
from stream.nets.gpu_streams import DeviceNets
from stream.nets.open import Route, open_route
from stream.sinks import open_sink
from stream.sound import Sound
from stream.sources import open_source
from stream.views.stage import Compose

RATE = 240.0
"""Frames a second for the live loop: more than it is meant to reach."""

PERMITS = (2, 3, 4, 6)
"""The numbers of frames in flight that are measured."""


class RepeatedFrames:
    """A source that repeats frames that were drawn before, because to draw takes longer than to paint.

    Args:
        frames: at least one frame.
        rate: frames a second, live; None gives them as fast as they are read.
        seconds: length of the source.
    """

    frame_count: int | None = None
    mirrored = False
    sound: Sound | None = None

    def __init__(self, frames: Sequence[Frame], rate: float | None, seconds: float) -> None:
        self.live = rate is not None
        self.rate: float | None = rate
        self._frames, self._seconds = frames, seconds

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """Yield frames, each stamped with the time at which it is given."""
        began, number = time.monotonic(), 0
        while not stop.is_set() and time.monotonic() - began < self._seconds:
            if self.rate:
                stop.wait(max(0.0, began + number / self.rate - time.monotonic()))
            drawn, now = self._frames[number % len(self._frames)], time.monotonic()
            yield replace(drawn, index=number, captured_at=now, pts=now - began)
            number += 1

    def close(self) -> None:
        """Do nothing."""


def draw(source: str = "scene://duel", count: int = 60) -> list[Frame]:
    """Return the first frames of a source."""
    opened = open_source(source, pace=False)
    try:
        return list(islice(opened.frames(threading.Event()), count))
    finally:
        opened.close()


def measure_gpu(
    bundle: Bundle,
    backend: str = "auto",
    *,
    seconds: float = 10.0,
    tell: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Measure a bundle's loop on this machine's GPU, from drawn frames in host memory to a null sink.

    Args:
        bundle: the two graphs.
        backend: a runtime of a GPU, or `auto`.
        seconds: length of each run of the loop.
        tell: a function that is called with the name of the next step.

    Returns:
        `machine`, `gpu`, `throughput` and `live` (reports of the loop, with device times by events, power and
        memory), `permits` (frames in flight → fps and age), the bytes of a frame up and down, and
        `share_of_parts`: the loop's fps over the fps that the nets' device times alone allow.

    Raises:
        BackendError: there is no GPU, or no runtime that runs the bundle on it.
        UsageError: `backend` computes on the processor.
    """
    gpu = find_gpu()
    frames = draw()

    def loop(rate: float | None, length: float, permits: int | None = None) -> tuple[dict[str, Any], Route]:
        controls = Controls(bundle.card.segment.space, bundle.card.synthesize.space)
        route = open_route(bundle, controls, backend=backend, permits=permits)
        stages = (*route.stages, Compose(controls, route.fit))
        source, sinks = RepeatedFrames(frames, rate, length), {"null://": open_sink("null://")}
        pipeline = Pipeline(source, stages, sinks, permits=route.permits)
        if route.nets is None:
            reasons = " ".join(route.passed_over)
            raise UsageError(f"This measures a GPU, and '{backend}' takes the processor here. {reasons}")
        with route.nets.on_this_thread(), Power() as power:  # opened before the clock runs
            pipeline.run()
        report = report_of(pipeline, bundle=bundle.name, **route.facts())
        return report | {"power_w": power.watts, "memory_mib": power.memory_mib}, route

    if backend != "auto" and "device" not in backend_of(backend).places:
        raise UsageError(f"This measures a GPU; '{backend}' computes on the processor: `neteyes bench`.")
    tell("the loop as fast as it can")
    throughput, route = loop(None, seconds)
    assert route.nets is not None
    tell(f"the loop live, {RATE:g} frames a second offered")
    live, _ = loop(RATE, seconds)
    flights = {}
    for permits in PERMITS:
        tell(f"{permits} frames in flight")
        tried, _ = loop(None, max(2.0, seconds / 3), permits)
        flights[str(permits)] = {"fps": tried["fps"], "age_ms": tried["age_ms"]}
    nets_ms = sum(throughput["device_ms"][step]["p50"] for step in ("segment", "synthesize"))
    return {
        "machine": machine(),
        "gpu": asdict(gpu),
        "bundle": bundle.name,
        "precision": bundle.card.synthesize.precision,
        "throughput": throughput,
        "live": live,
        "permits": flights,
        "bytes_up": route.nets.bytes_up,
        "bytes_down": route.nets.bytes_down,
        "parts_fps": round(1000 / nets_ms, 2),
        "share_of_parts": round(throughput["fps"] * nets_ms / 1000, 3),
    }


def roofline(painter_ms: float, gmac: float, gigabytes: float, tflops: float, copy: float) -> dict[str, Any]:
    """Return the painter's rates as shares of the machine's own rates.

    Args:
        painter_ms: the painter's time on the device for a frame, in milliseconds.
        gmac: 10⁹ multiply-accumulates that it executes.
        gigabytes: 10⁹ bytes that its operators read and write.
        tflops: the measured rate of a large fp16 product.
        copy: the measured rate of a copy, GB/s read and written.
    """
    reached, moved = 2 * gmac / painter_ms, 1000 * gigabytes / painter_ms  # TFLOP/s, GB/s
    return {
        "painter_ms": painter_ms,
        "gmac": gmac,
        "gigabytes": gigabytes,
        "tflops": round(reached, 1),
        "matrix_tflops": round(tflops, 1),
        "share_of_matrix_rate": round(reached / tflops, 3),
        "gb_s": round(moved, 1),
        "copy_gb_s": round(copy, 1),
        "share_of_copy_rate": round(moved / copy, 3),
    }


def answers(
    nets: DeviceNets, fit: Fit, frames: Sequence[Frame], trusted: Callable[[Image], tuple[Image, Image]]
) -> dict[str, Any]:
    """Compare the answers of the nets on the GPU with a reference; both paint the reference's labels.

    Args:
        nets: the nets on the GPU, not in use.
        fit: fits a frame to the net's input.
        frames: the frames to compare on.
        trusted: the reference: the net's input → labels uint8 (H, W), picture uint8 (H, W, 3).
    """
    pairs: list[tuple[Image, ...]] = []
    with nets.on_this_thread():
        for frame in frames:
            slot, fitted = nets.take(), fit.to_net(frame.image)
            labels, picture = trusted(fitted)
            slot.pinned["frame"][...], slot.pinned["swap"][...] = fitted, KEEP
            for name in {"dt", "steadiness"} & slot.pinned.keys():
                slot.pinned[name][...] = 0  # the reference has no memory
            for step in (nets.upload, nets.segment, nets.synthesize, nets.download):
                step(slot)
            nets.land(slot)
            seen = slot.pinned["labels"].copy()
            slot.pinned["labels"][...] = labels
            nets.relabel(slot)
            for step in (nets.synthesize, nets.download):
                step(slot)
            nets.land(slot)
            pairs.append((labels, seen, picture, slot.pinned["picture"].copy()))
            nets.give(slot)
    labels_there, labels_here, pictures_there, pictures_here = zip(*pairs, strict=True)
    seen_alike = compare_labels(nets.backends["segment"], labels_there, labels_here)
    painted_alike = compare_pictures(nets.backends["synthesize"], pictures_there, pictures_here)
    return {
        "frames": len(frames),
        "labels": seen_alike.labels,
        "mean": painted_alike.mean,
        "worst": painted_alike.worst,
    }


def device_name() -> str:
    """Return the GPU's name in a form that fits into a file's name."""
    return "-".join(open_device().name.lower().split())
