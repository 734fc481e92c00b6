"""Measure the loop: fresh frames a second, their age when shown, and dropped frames with the reason."""

from __future__ import annotations

import math
import statistics
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

PERCENTILES = (50, 95, 99)

LATELY = 4.0
"""Seconds over which the current rate and age are measured."""

_FLIGHT = 1024
"""Missed frames to remember: far more than are in flight at once, from the nets to the slowest recording."""


class Histogram:
    """Collect durations in constant memory, however long the loop runs; percentiles are exact to 1 %.

    One thread at a time adds; any thread may read meanwhile.

    Attributes:
        sum: sum of all durations, in seconds.
    """

    _RATIO = 1.01
    _LOWEST = 1e-6  # seconds
    _BINS = 1900  # up to 1e-6 · 1.01^1900 s, well over two minutes

    def __init__(self) -> None:
        self._counts = np.zeros(self._BINS, np.int64)
        self.sum = 0.0

    def add(self, seconds: float) -> None:
        """Count one duration."""
        place = np.log(max(seconds, self._LOWEST) / self._LOWEST) / np.log(self._RATIO)
        self._counts[min(int(place), self._BINS - 1)] += 1
        self.sum += seconds

    def merge(self, other: Histogram) -> None:
        """Add all durations of another histogram."""
        self._counts += other._counts
        self.sum += other.sum

    def up_to(self, bounds: Sequence[float]) -> tuple[list[int], int]:
        """Return how many durations do not exceed each bound, and their total number, from one snapshot.

        Args:
            bounds: seconds, up to two minutes; each is exact to half a percent.
        """
        counted = np.concatenate(([0], np.cumsum(self._counts)))
        places = np.rint(np.log(np.asarray(bounds) / self._LOWEST) / np.log(self._RATIO)).astype(int)
        return counted[places.clip(0, self._BINS)].tolist(), int(counted[-1])

    def percentile(self, percent: float) -> float | None:
        """Return the duration in seconds that `percent` of all durations do not exceed; None without any."""
        total = int(self._counts.sum())
        if not total:
            return None
        place = int(np.searchsorted(np.cumsum(self._counts), percent / 100 * total))
        return float(self._LOWEST * self._RATIO ** (place + 0.5))

    def in_ms(self, percents: tuple[int, ...] = PERCENTILES) -> dict[str, float | None]:
        """Return percentiles in milliseconds as `{"p50": …}`."""
        values = {percent: self.percentile(percent) for percent in percents}
        return {f"p{percent}": None if s is None else round(1000 * s, 2) for percent, s in values.items()}


class Meter:
    """Count frames and times; every thread of the loop writes to it, any thread may read it meanwhile.

    Rates, and the seconds since something happened, go by a clock that stands still while the loop is paused.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.frames_in = 0
        self.frames_early = 0
        self.frames_paused = 0
        self.frames_out = 0
        self.frames_missed = 0
        self.ages = Histogram()
        self.stages: dict[str, Histogram] = {}
        self._lately: deque[tuple[float, float]] = deque(maxlen=256)  # when shown, and how old then
        self._newest = -1
        self._missed: set[int] = set()  # after the newest that was shown
        self._first_shown: float | None = None
        self._last_shown: float | None = None
        self._last_captured: float | None = None
        self._last_written: float | None = None
        self._paused_at: float | None = None
        self._resumed_at = -math.inf
        self._paused_for = 0.0  # seconds of all the pauses that are over

    def pause(self) -> None:
        """Stop the clock of the rates; do nothing if it stands already."""
        with self._lock:
            if self._paused_at is None:
                self._paused_at = time.monotonic()

    def resume(self) -> None:
        """Let the clock of the rates go on; do nothing if it runs already."""
        with self._lock:
            if self._paused_at is not None:
                self._resumed_at = time.monotonic()
                self._paused_for += self._resumed_at - self._paused_at
                self._paused_at = None

    def captured(self, *, early: bool = False) -> None:
        """Count a frame from the source; `early` if the nets were not ready for it yet."""
        with self._lock:
            self._last_captured = self._now()
            self.frames_in += 1
            self.frames_early += early

    def replaced(self, captured_at: float) -> bool:
        """Return whether a frame was late that a newer one replaced before the first stage took it.

        If it waited for the end of a pause, it was not late; then it is counted here, as paused.
        """
        with self._lock:
            is_late = self._paused_at is None and captured_at > self._resumed_at
            self.frames_paused += not is_late
            return is_late

    def shown(self, index: int, captured_at: float) -> None:
        """Count a frame at the moment when it is shown, unless it was counted on another output.

        A frame that was counted as missed stays missed: a counter that others read never goes back.
        """
        age = time.monotonic() - captured_at
        with self._lock:
            now = self._last_written = self._now()
            if index <= self._newest or index in self._missed:
                return
            self._newest = index
            self._missed = {missed for missed in self._missed if missed > index}
            self.frames_out += 1
            self._first_shown = now if self._first_shown is None else self._first_shown
            self._last_shown = now
            self._lately.append((now, age))
            self.ages.add(age)

    def missed(self, index: int) -> None:
        """Count a frame that came too fast, or while the output was broken; as with `shown`, only once."""
        with self._lock:
            if index > self._newest and index not in self._missed:
                self._missed.add(index)
                self.frames_missed += 1
            if len(self._missed) > _FLIGHT:  # no older one can still be shown, on any output
                self._missed = {missed for missed in self._missed if missed > index - _FLIGHT // 2}

    def noticed(self) -> None:
        """Note that the loop is alive although no picture is shown: a notice is shown, or no output works."""
        with self._lock:
            self._last_written = self._now()

    @contextmanager
    def timing(self, stage: str) -> Iterator[None]:
        """Count the wall time of one call of a stage."""
        started = time.perf_counter()
        yield
        seconds = time.perf_counter() - started
        with self._lock:
            self.stages.setdefault(stage, Histogram()).add(seconds)

    @property
    def fps(self) -> float | None:
        """Fresh frames a second, from the first shown to the last, without pauses; None before the second."""
        with self._lock:
            if self.frames_out < 2 or self._first_shown is None or self._last_shown is None:
                return None
            return (self.frames_out - 1) / max(self._last_shown - self._first_shown, 1e-9)

    @property
    def rate(self) -> float | None:
        """Fresh frames a second in the last few seconds, pauses left out; None without two of them."""
        with self._lock:
            now = self._now()
            times = [moment for moment, _ in self._lately if now - moment <= LATELY]
            if len(times) < 2:
                return None
            return (len(times) - 1) / max(now - times[0], 1e-9)

    @property
    def age(self) -> float | None:
        """Median age in seconds of the frames shown in the last few seconds; None without any."""
        ages = self.ages_lately
        return statistics.median(ages) if ages else None

    @property
    def ages_lately(self) -> list[float]:
        """Age in seconds of each frame shown in the last few seconds, oldest frame first."""
        with self._lock:
            now = self._now()
            return [age for moment, age in self._lately if now - moment <= LATELY]

    @property
    def since_captured(self) -> float | None:
        """Seconds since the source gave a frame, pauses left out; None before the first."""
        with self._lock:
            return self._since(self._last_captured)

    @property
    def since_shown(self) -> float | None:
        """Seconds since a frame was shown, pauses left out; None before the first."""
        with self._lock:
            return self._since(self._last_shown)

    @property
    def since_written(self) -> float | None:
        """Seconds since a frame or notice was shown, pauses left out; None before the first."""
        with self._lock:
            return self._since(self._last_written)

    def _now(self) -> float:
        """Return `time.monotonic()` less the seconds of all pauses."""
        now = time.monotonic() if self._paused_at is None else self._paused_at
        return now - self._paused_for

    def _since(self, moment: float | None) -> float | None:
        return None if moment is None else self._now() - moment
