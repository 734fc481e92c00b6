"""Add up the counters of all mirrors, also of ended ones, so that no counter goes back."""

from __future__ import annotations

import copy
import threading
from collections.abc import Mapping
from typing import Any

from neteyes.serve.mirror import Mirror
from neteyes.watching.loop_figures import LoopFigures


class Totals:
    """Hold the mirrors that run, and the figures of those that have ended; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mirrors: set[Mirror] = set()
        self._ended = LoopFigures()
        self._flashes: dict[str, Any] = {
            "held": 0,
            "complies": True,
            "general": {"pictures_over": 0},
            "red": {"pictures_over": 0},
        }

    def enter(self, mirror: Mirror) -> None:
        """Count a mirror from now on."""
        with self._lock:
            self._mirrors.add(mirror)

    def leave(self, mirror: Mirror) -> None:
        """Keep the figures of a mirror that has ended."""
        with self._lock:
            if mirror in self._mirrors:
                self._mirrors.discard(mirror)
                self._ended.add(mirror.pipeline)
                self._ended.in_flight = 0
                self._flashes = _added(self._flashes, mirror.guard.figures())

    @property
    def figures(self) -> LoopFigures:
        """The figures of all mirrors together."""
        with self._lock:
            total = copy.deepcopy(self._ended)
            for mirror in self._mirrors:
                total.add(mirror.pipeline)
            return total

    @property
    def flashes(self) -> Mapping[str, Any]:
        """The figures of all flash guards together."""
        with self._lock:
            total = self._flashes
            for mirror in self._mirrors:
                total = _added(total, mirror.guard.figures())
            return total

    def stuck(self, within: float) -> bool:
        """Return whether a mirror holds frames and has shown none for so many seconds."""
        with self._lock:
            return any(_is_stuck(mirror, within) for mirror in self._mirrors)


def _is_stuck(mirror: Mirror, within: float) -> bool:
    meter = mirror.pipeline.meter
    written, captured = meter.since_written, meter.since_captured
    if mirror.paused or written is None or captured is None:
        return False
    return written >= within and written > captured


def _added(total: Mapping[str, Any], figures: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "held": total["held"] + figures["held"],
        "complies": total["complies"] and figures["complies"],
        **{
            kind: {"pictures_over": total[kind]["pictures_over"] + figures[kind]["pictures_over"]}
            for kind in ("general", "red")
        },
    }
