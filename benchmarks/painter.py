"""Measure each graph of the painter in each runtime and precision: its speed and its pictures' errors."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.machine import machine
from benchmarks.photos import LabelledPhoto
from engines.backends import installed_backends, open_engine
from engines.bundle import Bundle
from engines.compare import compare_pictures
from engines.infer_once import Ask, host_inference
from engines.labels import KEEP
from stream.fit import Fit
from stream.frame import Image


@dataclass(frozen=True, slots=True)
class Way:
    """One file of the painter in one runtime.

    Attributes:
        graph: `plain`, or `simplified` for a variant of it.
        backend: the runtime and the precision it computes in.
        ms: median time of a picture in milliseconds.
        quicker: the speed as a multiple of the reference's, which is the first way: median, 10th and 90th
            percentile of pairs of pictures that were painted one after the other.
        quicker_than_plain: the same, compared with the plain graph in the same runtime and precision; None
            for a plain graph.
        mean: mean difference from the reference's pictures, in 1/255.
        worst: greatest difference of one value, in 1/255.
    """

    graph: str
    backend: str
    ms: float
    quicker: tuple[float, float, float]
    quicker_than_plain: tuple[float, float, float] | None
    mean: float
    worst: float


def label_maps(bundle: Bundle, photos: Sequence[LabelledPhoto]) -> list[Image]:
    """Return the photos' true label maps at the painter's size, cropped to its aspect: uint8 (H, W)."""
    height, width = bundle.card.synthesize.size
    fit = Fit("crop", (height, width))
    maps = (fit.shown(photo.read()[1]) for photo in photos)
    return [
        cv2.resize(one, (width, height), interpolation=cv2.INTER_NEAREST).astype(np.uint8) for one in maps
    ]


def measure_painter(
    bundle: Bundle,
    maps: Sequence[Image],
    *,
    threads: int = 2,
    rounds: int = 3,
    tell: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Measure a bundle's painter, plain and simplified, in every runtime and precision that opens it.

    Every round gives each map to all ways in turn, so that other load on the machine slows all of them alike.
    The reference is the plain graph in float32, in ONNX Runtime if it is installed.

    Args:
        bundle: the bundle, with or without variants.
        maps: label maps uint8 (H, W) of the painter's size.
        threads: number of threads of each engine.
        rounds: number of times that each map is painted, after one to warm up.
        tell: a function that is called with the name of the next step.

    Returns:
        `machine`, `bundle`, `maps`, `threads` and `ways`, the reference first.
    """
    with ExitStack() as opened:
        painters: list[tuple[bool, str, Ask]] = []
        for simplified, path, backend, precision in _ways(bundle):
            tell(f"opening {path.name} in {backend}, {precision}")
            engine = open_engine(path, backend, threads=threads, precision=precision)
            opened.callback(engine.close)
            painters.append((simplified, f"{backend} {precision}", host_inference(engine)))
        tell("each way once")
        pictures = [[ask({"labels": one, "swap": KEEP}) for one in maps] for _, _, ask in painters]
        walls = np.empty((len(painters), rounds * len(maps)))
        for turn in range(rounds * len(maps)):
            tell(f"picture {turn + 1} of {rounds * len(maps)}, every way")
            for place, (_, _, ask) in enumerate(painters):
                started = time.perf_counter()
                ask({"labels": maps[turn % len(maps)], "swap": KEEP})
                walls[place, turn] = 1000 * (time.perf_counter() - started)
    plain = {name: place for place, (simplified, name, _) in enumerate(painters) if not simplified}
    ways = []
    for place, (simplified, name, _) in enumerate(painters):
        alike = compare_pictures(name, pictures[0], pictures[place])
        assert alike.mean is not None and alike.worst is not None
        beside = plain.get(name) if simplified else None
        ways.append(
            Way(
                graph="simplified" if simplified else "plain",
                backend=name,
                ms=round(float(np.median(walls[place])), 1),
                quicker=_spread(walls[0] / walls[place]),
                quicker_than_plain=None if beside is None else _spread(walls[beside] / walls[place]),
                mean=round(alike.mean, 4),
                worst=alike.worst,
            )
        )
    return {
        "machine": machine(),
        "bundle": bundle.name,
        "maps": len(maps),
        "threads": threads,
        "ways": [asdict(way) for way in ways],
    }


def _ways(bundle: Bundle) -> list[tuple[bool, Path, str, str]]:
    """Return all ways, the reference first: (simplified, file, runtime, precision)."""
    found = sorted(installed_backends(), key=lambda name: name != "onnxruntime")
    named = bundle.card.synthesize.variants
    simplified = {name: bundle.folder / variant.file for name, variant in named.items()}
    ways = [(False, bundle.synthesize, name, "fp32") for name in found]
    if "onnxruntime" in simplified:  # its variant is float32, which every runtime opens
        ways += [(True, simplified["onnxruntime"], name, "fp32") for name in found]
    if bundle.card.synthesize.precision == "bf16" and "openvino" in found:
        ways.append((False, bundle.synthesize, "openvino", "bf16"))
        ways += [(True, path, name, "bf16") for name, path in simplified.items() if name == "openvino"]
    return ways


def _spread(ratios: Any) -> tuple[float, float, float]:
    low, median, high = np.percentile(ratios, (10, 50, 90))
    return round(float(median), 2), round(float(low), 2), round(float(high), 2)
