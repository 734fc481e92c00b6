"""Measure the wall time and the processor time of each part of the loop alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np

from engines.bundle import Bundle
from stream.controls import Controls
from stream.flashes.guard_stage import Guard
from stream.frame import Frame, Stage
from stream.nets.cpu import fit_of, open_stages
from stream.nets.open import by_colour
from stream.nets.palette.learn import learn
from stream.nets.palette.palette import LivePalette
from stream.sources import open_source
from stream.views.stage import Compose


@dataclass(frozen=True, slots=True)
class PartCost:
    """The cost of one part of the loop for one frame.

    Attributes:
        part: `capture`, or a stage's name.
        backend: the runtime of an engine; empty elsewhere.
        p50: median wall time in milliseconds.
        p95: 95th percentile of it.
        cpu: processor time in milliseconds, of all its threads.
    """

    part: str
    backend: str
    p50: float
    p95: float
    cpu: float


def measure_alone(
    bundle: Bundle, source: str, backend: str, *, threads: int | None = None, frames: int = 60
) -> list[PartCost]:
    """Measure capture and each stage, one after the other, with the threads that they have in the loop.

    Args:
        bundle: the two graphs.
        source: an input of `neteyes run`; read as fast as possible.
        backend: the runtime.
        threads: as for `open_stages`.
        frames: number of frames to measure on, after five to warm up.
    """
    captured, cost = _capture(source, frames)
    costs = [cost]
    controls = Controls(bundle.card.segment.space, bundle.card.synthesize.space, view="picture")
    nets = open_stages(bundle, controls, backend=backend, threads=threads)
    with ExitStack() as entered:
        shown = Guard(controls, nets[0].fit), Compose(controls, nets[0].fit)
        for stage in (*nets, *shown):
            entered.enter_context(stage)
            captured, cost = _stage(stage, captured)
            costs.append(cost)
    return costs


def measure_by_colour(bundle: Bundle, frames: int = 60) -> PartCost:
    """Measure the stage that segments games by their colours, on the arcade at 1280×720.

    Args:
        bundle: the two graphs; the stage stands in place of the first.
        frames: number of frames to measure on.
    """
    captured, _ = _capture("scene://arcade?size=1280x720", frames)
    space = bundle.card.synthesize.space
    palette = LivePalette(learn([frame.image for frame in captured[::6]], space).palette)
    with by_colour(bundle, palette, Controls(space, space), fit_of(bundle, "crop")) as stage:
        return _stage(stage, captured)[1]


def bound(costs: list[PartCost], cores: int) -> float:
    """Return the frames a second that a perfect loop would reach: 1 / max t, or cores / Σ processor time."""
    slowest = max(cost.p50 for cost in costs)
    return min(1000 / slowest, 1000 * cores / sum(cost.cpu for cost in costs))


def _capture(source: str, frames: int) -> tuple[list[Frame], PartCost]:
    opened = open_source(source, pace=False)
    try:
        stream = opened.frames(threading.Event())
        return _timed("capture", "", lambda: next(stream), frames)
    finally:
        opened.close()


def _stage(stage: Stage, frames: list[Frame]) -> tuple[list[Frame], PartCost]:
    waiting: Iterator[Frame] = iter(frames)
    for frame in frames[:5]:
        stage(frame)
    return _timed(stage.name, getattr(stage, "backend", ""), lambda: stage(next(waiting)), len(frames))


def _timed(part: str, backend: str, work: Callable[[], Frame], count: int) -> tuple[list[Frame], PartCost]:
    made, walls = [], []
    cpu_before = time.process_time()
    for _ in range(count):
        started = time.perf_counter()
        made.append(work())
        walls.append(1000 * (time.perf_counter() - started))
    cpu = 1000 * (time.process_time() - cpu_before) / count
    p50, p95 = np.percentile(walls, (50, 95))
    return made, PartCost(part, backend, round(float(p50), 2), round(float(p95), 2), round(cpu, 2))
