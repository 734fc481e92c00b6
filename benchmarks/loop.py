"""Measure the whole loop, from a scene to a null sink: fresh frames a second, their age, drops, memory."""

from __future__ import annotations

from typing import Any

from benchmarks.machine import rss_mib
from engines.bundle import Bundle
from stream.controls import Controls
from stream.flashes.guard_stage import Guard
from stream.frame import Stage
from stream.loop.pipeline import Pipeline
from stream.loop.report import report_of
from stream.nets.cpu import PERMITS, open_stages
from stream.sinks import open_sink
from stream.sources import open_feed
from stream.views.stage import Compose


def measure_loop(
    bundle: Bundle,
    source: str,
    backend: str,
    *,
    pace: bool,
    threads: int | None = None,
    seconds: float | None = None,
    frames: int | None = None,
    guarded: bool = True,
) -> dict[str, Any]:
    """Run the loop as `neteyes run … null://` does and return its report, with memory in MiB.

    Args:
        bundle: the two graphs.
        source: an input of `neteyes run`.
        backend: the runtime.
        pace: True runs live and drops late frames; False runs as fast as the loop can and drops none.
        threads: as for `open_stages`.
        seconds: length of the run, in the source's time if `pace` is False.
        frames: number of frames.
        guarded: with the flash guard; without it, flashes are not even counted.
    """
    opened = open_feed(source, pace=pace)
    controls = Controls(bundle.card.segment.space, bundle.card.synthesize.space)
    nets = open_stages(bundle, controls, backend=backend, threads=threads)
    guard = [Guard(controls, nets[0].fit)] if guarded else []
    stages: list[Stage] = [*nets, *guard, Compose(controls, nets[0].fit)]
    sinks = {"null://": open_sink("null://")}
    pipeline = Pipeline(opened, stages, sinks, permits=PERMITS, seconds=seconds, frames=frames)
    memory: list[float] = []
    pipeline.run(lambda: memory.append(rss_mib()), every=0.25)
    return report_of(
        pipeline,
        backends={stage.name: stage.backend for stage in nets},
        bundle=bundle.name,
        input=source,
        memory_mib={"peak": round(max(memory, default=rss_mib())), "end": round(rss_mib())},
    )
