"""Measure each part alone and then the whole loop, for `neteyes bench`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from benchmarks.alone import bound, measure_alone, measure_by_colour
from benchmarks.loop import measure_loop
from benchmarks.machine import machine
from benchmarks.other_programs import OtherPrograms
from engines.backends import backend_of, installed_backends
from engines.bundle import Bundle
from engines.errors import UsageError
from engines.sizes import size_text
from stream.nets.cpu import cores

LIVE, UNPACED = "scene://duel?rate=60", "scene://duel"


def measure_speed(
    bundle: Bundle,
    backend: str,
    *,
    threads: int | None = None,
    seconds: float = 10.0,
    frames: int | None = None,
    tell: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Measure the speed of a bundle on this machine.

    Args:
        bundle: the two graphs, of which the first size is measured.
        backend: the loop's runtime; the engines alone are measured with every runtime that loads.
        threads: number of threads of each engine; by default they share the cores.
        seconds: length of the live loop; the unpaced one runs through as many seconds of the scene.
        frames: number of frames after which each loop ends.
        tell: a function that is called with the name of the next step.

    Returns:
        `machine`, `bundle`, `size`, `alone` (backend → list of costs), `by_colour` (cost of palette mode, in
        place of the segmenter's), `bound_fps`, `throughput` and `live`
        (reports of the loop), `unguarded` (of the unpaced loop without the flash guard),
        `share_of_bound`: the unpaced loop's fps over those of a perfect loop, and `others_cores`: the cores
        that other programs took meanwhile.

    Raises:
        UsageError: the backend is unknown, or runs on a GPU.
    """
    if backend != "auto" and "device" in backend_of(backend).places:
        raise UsageError(f"'{backend}' runs on a GPU, which is measured with: neteyes bench gpu")
    bundle = bundle.at()
    alone = {}
    limits: dict[str, Any] = {"threads": threads, "seconds": seconds, "frames": frames}
    with OtherPrograms() as others:
        for name in installed_backends():
            tell(f"each part alone, {name}")
            alone[name] = measure_alone(bundle, UNPACED, name, threads=threads)
        tell("segmenting by colours, alone")
        coloured = measure_by_colour(bundle)
        chosen = next(iter(alone)) if backend == "auto" else backend
        tell(f"the whole loop as fast as it can, {chosen}")
        throughput = measure_loop(bundle, UNPACED, chosen, pace=False, **limits)
        tell(f"the same without the flash guard, {chosen}")
        unguarded = measure_loop(bundle, UNPACED, chosen, pace=False, guarded=False, **limits)
        tell(f"the whole loop live, {chosen}")
        live = measure_loop(bundle, LIVE, chosen, pace=True, **limits)
    best = bound(alone[chosen], cores())
    return {
        "machine": machine(),
        "bundle": bundle.name,
        "size": size_text(bundle.sizes[0]),
        "alone": {name: [asdict(cost) for cost in costs] for name, costs in alone.items()},
        "by_colour": asdict(coloured),
        "throughput": throughput,
        "unguarded": unguarded,
        "live": live,
        "others_cores": round(others.cores, 2),
        "bound_fps": round(best, 2),
        "share_of_bound": round(throughput["fps"] / best, 3) if throughput["fps"] else None,
    }
