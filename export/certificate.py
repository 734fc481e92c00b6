"""Certify that a bundle's engines give the answers of the nets they were exported from, on real frames."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import torch

from engines.backends import backend_of, installed_backends, probe
from engines.bundle import Bundle
from engines.card import Card, GraphCard
from engines.certificate import CERTIFICATE
from engines.compare import Floats, Limits, Parity, UInt8, compare_labels, compare_pictures, limits_of
from engines.errors import UsageError
from engines.film import Answers, FilmAnswers, Sight, answers_of, compare_answers, watch
from engines.infer_once import host_inference
from engines.labels import KEEP
from engines.sizes import Size
from export.graphs import SegmentGraph, SynthesizeGraph

HALF_WEIGHTS = Limits(labels=0.99, mean=0.2, worst=6, memory=0.01)  # weights of 11 bits, computed in float32
QUANTIZED = Limits(labels=0.98, mean=0.5, worst=8, memory=0.05)
"""For int8, which is worse on frames that it was not calibrated on."""


def limits_for(card: Card, *, half_weights: bool = False) -> Limits:
    """Return the limits for a bundle's engines: those of each graph's precision for that graph's answers."""

    def limits(part: GraphCard) -> Limits:
        if part.precision == "int8":
            return QUANTIZED
        return HALF_WEIGHTS if half_weights and part.precision == "fp32" else limits_of(part.precision)

    seen, painted = limits(card.segment), limits(card.synthesize)
    return Limits(seen.labels, painted.mean, painted.worst, seen.memory)


def certify(
    bundle: Bundle,
    pairs: Sequence[tuple[SegmentGraph, SynthesizeGraph]],
    frames: Sequence[UInt8],
    *,
    backends: Sequence[str] | None = None,
    limits: Limits | None = None,
) -> list[tuple[Size, Parity]]:
    """Compare a bundle's engines with the nets it was made from, and write `parity.json` into it.

    A segmenter with a memory is compared twice: on each frame by itself, and on all of them as one film.

    Args:
        bundle: the bundle with the exported graphs.
        pairs: the eager segmenter and synthesizer of each of its sizes.
        frames: uint8 (…, …, 3) BGR of any size; each runtime paints the eager label maps.
        backends: names of runtimes; by default every runtime that is installed.
        limits: the limits; by default `limits_for` the bundle's card.

    Returns:
        One result for each size, (height, width) of the painting, and each runtime.

    Raises:
        UsageError: there are no frames.
        BackendError: no runtime is installed, or one of `backends` is not.
        ParityError: an engine's answers differ by more than the limits; nothing is written.
    """
    if not frames:
        raise UsageError("A certificate needs frames to compare on. Give some.")
    limits = limits or limits_for(bundle.card)
    results: list[tuple[Size, Parity]] = []
    sizes: list[dict[str, Any]] = []
    for sized, (segment, synthesize) in zip(bundle.each_size(), pairs, strict=True):
        fitted = [fit_frame(frame, segment.frame_size) for frame in frames]
        truth = [_eager(segment, synthesize, frame) for frame in fitted]
        held = watch(eager_sight(segment), fitted) if segment.steadying else None
        found = [_compare(sized, name, fitted, truth, held) for name in backends or installed_backends()]
        for result in found:
            result.check(limits)
        parts = {"segment": sized.card.segment, "synthesize": sized.card.synthesize}
        sizes.append(
            {
                "graphs": {name: _identity(part) for name, part in parts.items()},
                "engines": [asdict(result) for result in found],
            }
        )
        results += [(synthesize.size, result) for result in found]
    certificate = {"limits": asdict(limits), "weights": bundle.card.weights, **sizes[0], "sizes": sizes[1:]}
    (bundle.folder / CERTIFICATE).write_text(json.dumps(certificate, indent=2) + "\n", "utf-8")
    return results


def fit_frame(frame: UInt8, size: Size) -> UInt8:
    """Resize a frame to (h, w) by nearest pixels, which is good enough for a comparison."""
    rows, columns = (np.arange(side) * there // side for side, there in zip(size, frame.shape, strict=False))
    return np.ascontiguousarray(frame[rows[:, None], columns])


def run_graph(graph: SegmentGraph | SynthesizeGraph, *inputs: UInt8) -> UInt8:
    """Run a graph in torch: arrays in, array out."""
    with torch.no_grad():
        answer: torch.Tensor = graph(*map(torch.from_numpy, inputs))
    return answer.numpy()


def _eager(segment: SegmentGraph, synthesize: SynthesizeGraph, frame: UInt8) -> tuple[UInt8, UInt8]:
    labels = run_graph(segment, frame)
    return labels, run_graph(synthesize, labels, KEEP)


def eager_sight(graph: SegmentGraph) -> Sight:
    """Return a steady graph as a function for `watch`."""
    empty = graph.example()[1]

    def sight(frame: UInt8, memory: Floats | None, dt: Floats, steadiness: Floats) -> tuple[UInt8, Floats]:
        before = empty if memory is None else torch.from_numpy(memory)
        with torch.no_grad():
            labels, after = graph(torch.from_numpy(frame), before, *map(torch.from_numpy, (dt, steadiness)))
        return labels.numpy(), after.numpy()

    return sight


def _compare(
    bundle: Bundle,
    backend: str,
    frames: Sequence[UInt8],
    truth: Sequence[tuple[UInt8, UInt8]],
    held: FilmAnswers | None,
) -> Parity:
    """Compare one runtime; `held` are the eager net's answers to the frames as a film, if it is steady."""
    seer, painter = bundle.open("segment", backend), bundle.open("synthesize", backend)
    maps, pictures = [labels for labels, _ in truth], [picture for _, picture in truth]
    found = answers_of(host_inference(seer), [{"frame": frame} for frame in frames])
    seen = compare_answers(compare_labels, seer.backend, Answers(list(maps), held), found)
    paint = host_inference(painter)
    painted = [paint({"labels": labels, "swap": KEEP}) for labels in maps]
    parity = compare_pictures(seer.backend, pictures, painted)
    version = probe(backend_of(backend))
    result = replace(parity, labels=seen.labels, memory=seen.memory, runtime=backend, version=version)
    seer.close()
    painter.close()
    return result


def _identity(part: GraphCard) -> dict[str, Any]:
    """Return the keys that identify a certified graph."""
    variants = {one.file: one.sha256 for one in part.variants.values()}
    more = {"variants": variants} if variants else {}
    return {"sha256": part.sha256, "size": part.width_height, "precision": part.precision, **more}
