"""The certificate: that an engine answers what its net answers, on real frames, through one door."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from engines.bundle import Bundle
from engines.engine import Engine, installed_backends, open_engine
from engines.errors import ParityError, UsageError
from export.graphs import SegmentGraph, SynthesizeGraph

CERTIFICATE = "parity.json"
UInt8 = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Limits:
    """What an engine may differ by.

    Attributes:
        labels: least share of pixels that must have the net's own label, over all frames.
        mean: greatest mean error of the pictures, in 1/255.
        worst: greatest error of one value of a picture, in 1/255.
    """

    labels: float
    mean: float
    worst: float


EXACT = Limits(labels=0.999, mean=0.05, worst=2)  # the same arithmetic in another order
HALF_WEIGHTS = Limits(labels=0.99, mean=0.2, worst=6)  # weights of 11 bits, float32 at work
ROUNDED = Limits(labels=0.97, mean=1.0, worst=24)  # bf16 at work: 8 bits


@dataclass(frozen=True, slots=True)
class Parity:
    """How alike one runtime's engines and the eager nets are.

    Attributes:
        backend: the runtime, as its engine calls itself.
        frames: how many were tried.
        labels: share of pixels with the net's own label.
        mean: mean error of the pictures, in 1/255.
        worst: greatest error of one value of a picture, in 1/255.
    """

    backend: str
    frames: int
    labels: float
    mean: float
    worst: float

    def check(self, limits: Limits) -> None:
        """Raise unless within the limits.

        Raises:
            ParityError: the message names what went past which limit.
        """
        faults = []
        if self.labels < limits.labels:
            faults.append(f"only {self.labels:.2%} of labels agree (at least {limits.labels:.1%} must)")
        if self.mean > limits.mean:
            faults.append(f"pictures are off by {self.mean:.2f}/255 on average (at most {limits.mean:g})")
        if self.worst > limits.worst:
            faults.append(f"a picture is off by {self.worst:.0f}/255 at its worst (at most {limits.worst:g})")
        if faults:
            raise ParityError(
                f"{self.backend} does not answer what the nets answer: {'; '.join(faults)}. "
                "Do not use these graphs with it; choose another --backend or --precision fp32."
            )


def certify(
    bundle: Bundle,
    segment: SegmentGraph,
    synthesize: SynthesizeGraph,
    frames: Sequence[UInt8],
    *,
    backends: Sequence[str] | None = None,
    limits: Limits | None = None,
) -> list[Parity]:
    """Compare a bundle's engines with the nets it was made from; write `parity.json` into it.

    Args:
        bundle: holds the exported graphs.
        segment: the eager segmenter.
        synthesize: the eager synthesizer.
        frames: uint8 (h, w, 3) BGR of the segmenter's size; each runtime paints the eager label maps.
        backends: names; by default every runtime that is installed.
        limits: by default `EXACT` for fp32, `ROUNDED` for a card that allows less.

    Returns:
        One result a runtime.

    Raises:
        UsageError: no frames.
        BackendError: no runtime is installed, or one asked for is not.
        ParityError: an engine's answers differ by more than the limits; nothing is written.
    """
    if not frames:
        raise UsageError("A certificate needs frames to try.")
    if limits is None:
        limits = EXACT if bundle.card.segment.precision == "fp32" else ROUNDED
    truth = [_eager(segment, synthesize, frame) for frame in frames]
    results = [_compare(bundle, name, frames, truth) for name in backends or installed_backends()]
    for result in results:
        result.check(limits)
    certificate = {"limits": asdict(limits), "engines": [asdict(result) for result in results]}
    (bundle.folder / CERTIFICATE).write_text(json.dumps(certificate, indent=2) + "\n", "utf-8")
    return results


def run_graph(graph: SegmentGraph | SynthesizeGraph, *inputs: UInt8) -> UInt8:
    """Run a graph eagerly: arrays in, array out."""
    with torch.no_grad():
        answer: torch.Tensor = graph(*map(torch.from_numpy, inputs))
    return answer.numpy()


_KEEP = np.arange(256, dtype=np.uint8)  # a swap that swaps nothing


def _eager(segment: SegmentGraph, synthesize: SynthesizeGraph, frame: UInt8) -> tuple[UInt8, UInt8]:
    labels = run_graph(segment, frame)
    return labels, run_graph(synthesize, labels, _KEEP)


def _compare(
    bundle: Bundle, backend: str, frames: Sequence[UInt8], truth: Sequence[tuple[UInt8, UInt8]]
) -> Parity:
    card = bundle.card
    seer = open_engine(bundle.segment, backend, precision=card.segment.precision)
    painter = open_engine(bundle.synthesize, backend, precision=card.synthesize.precision)
    same, means, worst = [], [], 0.0
    for frame, (labels, picture) in zip(frames, truth, strict=True):
        same.append((_answer(seer, frame=frame) == labels).mean())
        error = np.abs(_answer(painter, labels=labels, swap=_KEEP).astype(np.int16) - picture)
        means.append(error.mean())
        worst = max(worst, float(error.max()))
    result = Parity(seer.backend, len(frames), _rounded(np.mean(same)), _rounded(np.mean(means)), worst)
    seer.close()
    painter.close()
    return result


def _rounded(value: np.floating[Any]) -> float:
    return round(float(value), 6)


def _answer(engine: Engine, **inputs: Any) -> UInt8:
    outputs = {spec.name: spec.empty() for spec in engine.outputs}
    engine(inputs, outputs)
    (only,) = outputs.values()
    return only
