"""Compare the answers of two engines, and hold the difference against limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engines.errors import ParityError

UInt8 = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

_ABOUT_ZERO = 0.02
"""The greatest value of a memory that counts as zero."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of the difference between an engine's answers and the reference.

    Attributes:
        labels: least share of pixels that must have the reference's label, over all frames.
        mean: greatest mean error of the pictures, in 1/255.
        worst: greatest error of one value of a picture, in 1/255.
        memory: greatest mean relative difference of what the segmenter remembers. On the small segmenter, in
            a film of eight frames, fp16 differs by 0.0005 and bf16 by 0.005; a memory with one of its parts
            empty by 0.12 or more (by 0.0015 if only the seconds of other labels' lead are empty), and the
            memory of the frame before by 0.1.
    """

    labels: float
    mean: float
    worst: float
    memory: float = 0.001


EXACT = Limits(labels=0.999, mean=0.05, worst=2)  # the same arithmetic in another order
HALF = Limits(labels=0.99, mean=1.0, worst=24, memory=0.01)  # fp16 at work: 11 bits
ROUNDED = Limits(labels=0.97, mean=1.0, worst=24, memory=0.03)  # bf16 at work: 8 bits


def limits_of(precision: str) -> Limits:
    """Return the limits for an engine that computes in `precision`: fp32, fp16 or bf16."""
    return {"fp32": EXACT, "fp16": HALF}.get(precision, ROUNDED)


@dataclass(frozen=True, slots=True)
class Parity:
    """The measured difference between one runtime's answers and the reference.

    Attributes:
        backend: the runtime, by the name that its engine gives.
        frames: the number of frames compared.
        labels: share of pixels with the reference's label; None if no label maps were compared.
        mean: mean error of the pictures, in 1/255; None if no pictures were compared.
        worst: greatest error of one value of a picture, in 1/255; None if no pictures were compared.
        memory: mean relative difference of what the segmenter remembers; None if it was not compared.
        runtime: the runtime's name in `--backend`.
        version: its version.
    """

    backend: str
    frames: int
    labels: float | None = None
    mean: float | None = None
    worst: float | None = None
    memory: float | None = None
    runtime: str = ""
    version: str = ""

    def check(self, limits: Limits) -> None:
        """Check that the differences are within the limits.

        Raises:
            ParityError: they are not; the message names each figure and its limit.
        """
        faults = []
        if self.labels is not None and self.labels < limits.labels:
            faults.append(f"only {self.labels:.2%} of labels agree (at least {limits.labels:.1%} must)")
        if self.mean is not None and self.mean > limits.mean:
            faults.append(f"pictures are off by {self.mean:.2f}/255 on average (at most {limits.mean:g})")
        if self.worst is not None and self.worst > limits.worst:
            faults.append(f"a picture is off by {self.worst:.0f}/255 at its worst (at most {limits.worst:g})")
        if self.memory is not None and not self.memory <= limits.memory:
            faults.append(f"what it remembers differs by {self.memory:.2%} (at most {limits.memory:.1%} may)")
        if faults:
            raise ParityError(
                f"{self.backend} does not answer what the nets answer: {'; '.join(faults)}. "
                "Do not use these graphs with it; choose another --backend or --precision fp32."
            )


def compare_labels(backend: str, trusted: Sequence[UInt8], tried: Sequence[UInt8]) -> Parity:
    """Compare label maps with those of the reference, uint8 (H, W), pair by pair."""
    same = [(a == b).mean() for a, b in zip(trusted, tried, strict=True)]
    return Parity(backend, len(same), labels=_rounded(np.mean(same)))


def compare_pictures(backend: str, trusted: Sequence[UInt8], tried: Sequence[UInt8]) -> Parity:
    """Compare pictures with those of the reference, uint8 (H, W, 3), pair by pair."""
    errors = [np.abs(a.astype(np.int16) - b) for a, b in zip(trusted, tried, strict=True)]
    worst = max(float(error.max()) for error in errors)
    return Parity(
        backend, len(errors), mean=_rounded(np.mean([error.mean() for error in errors])), worst=worst
    )


def memory_difference(trusted: Sequence[Floats], tried: Sequence[Floats]) -> float:
    """Return the mean relative difference of memories, float32 (n,), pair by pair: 0 to 1.

    A memory holds values of many kinds, whose scales differ. So each difference is divided by the greater of
    the two values; values that are about zero in both, such as the shares of unlikely labels, do not count.
    A value that is no number differs by 1.
    """
    means = []
    for a, b in zip(trusted, tried, strict=True):
        greater = np.maximum(np.abs(a), np.abs(b))
        counts = ~(greater <= _ABOUT_ZERO)  # NaN counts
        with np.errstate(invalid="ignore"):
            apart = np.nan_to_num(np.abs(a - b)[counts] / greater[counts], nan=1.0)
        means.append(apart.mean() if apart.size else 0.0)
    return _rounded(np.float64(np.mean(means)))


def _rounded(value: np.floating[Any]) -> float:
    return round(float(value), 6)
