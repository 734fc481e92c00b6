"""Measure how many cores other programs take during a measurement, by the system's own CPU accounting."""

from __future__ import annotations

import os
import time
from types import TracebackType
from typing import Any, Self

import psutil

_NOT_BUSY = ("idle", "iowait", "guest", "guest_nice")
"""Fields of the accounting that are no work, or are counted in another field already."""

NOTICEABLE = 0.1
"""The share of the cores that other programs may take without a word about it."""


class OtherPrograms:
    """Measure the cores that other programs, and other guests of the machine, take inside the context.

    Attributes:
        cores: mean number of cores that they took, of those that this process may use; after the context.
    """

    def __enter__(self) -> Self:
        self.cores = 0.0
        self._began, self._busy, self._own = time.monotonic(), _busy_seconds(), _own_seconds()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        seconds = time.monotonic() - self._began
        others = _busy_seconds() - self._busy - (_own_seconds() - self._own)
        self.cores = max(0.0, others / seconds) if seconds else 0.0


def others_in_words(others: float, cores: int) -> str | None:
    """Return a sentence about the cores that other programs took; None if they took next to nothing.

    Args:
        others: mean number of cores that they took.
        cores: number of cores that this process may use.
    """
    if others <= NOTICEABLE * cores:
        return None
    return (
        f"Other programs took {others:.1f} of {cores} cores meanwhile: the machine alone is quicker than "
        "these figures say. Stop them and measure again."
    )


def _busy_seconds() -> float:
    """Return the seconds of work that all programs did on the cores that this process may use."""
    every = psutil.cpu_times(percpu=True)
    affinity = getattr(os, "sched_getaffinity", None)
    ours = [every[core] for core in affinity(0) if core < len(every)] if affinity else every
    return sum(sum(seconds for name, seconds in _fields(core) if name not in _NOT_BUSY) for core in ours)


def _own_seconds() -> float:
    """Return the seconds of work that this process and its finished children did."""
    own = psutil.Process().cpu_times()
    return float(own.user + own.system + own.children_user + own.children_system)


def _fields(core: Any) -> list[tuple[str, float]]:
    return list(core._asdict().items())
