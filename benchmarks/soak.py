"""Measure a long run of a faulty source: the growth of its memory and of its frames' age."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, astuple, fields
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from benchmarks.machine import machine
from benchmarks.soak_run import RECORDING, RunProcess, SoakSample, write_row
from benchmarks.trend import Trend, trend_of
from engines.errors import NetEyesError
from stream.uri import redact

SOURCE = "fault+scene://duel?size=320x180&drop=0.05&corrupt=0.02&stall=3s/60s&freeze=2s/30s&size=640x360/20s&reset=20s"
"""A source with every fault: it reconnects, stalls, freezes, changes its size, and loses frames.

All faults repeat within two minutes, a tenth of the time that a run of half an hour measures. The scene is
small because it is drawn again at each opening. At 640x360 that takes 30 MB for a moment, which no camera
needs; the part that the allocator keeps or returns would hide a real growth.
"""

LIMIT = 4.0
"""The greatest growth of memory after the warm-up, in megabytes."""

WARM_UP = 1 / 3
"""The share of a run at its beginning that is not measured, because libraries still fill their pools."""

NEAREST, FARTHEST, SAMPLES = 0.2, 5.0, 600
"""The least and greatest interval of samples, in seconds, and the number of samples between these limits."""

SHORTEST = 10.0
"""The minutes after the warm-up that a verdict on growth needs: in fewer, noise passes for growth."""

UNANSWERED = 0.02
"""The share of requests for metrics that may fail: a busy machine is no fault of the run."""

DARK = 60.0
"""The seconds without a frame at the end that are a fault: the run does not work any more."""

FEWEST = 10
"""The least number of samples after the warm-up for a result."""


def measure_soak(
    folder: Path,
    *,
    seconds: float,
    source: str = SOURCE,
    limit: float = LIMIT,
    attend: Callable[[float, Sequence[SoakSample]], bool] = lambda at, samples: True,
) -> dict[str, Any]:
    """Measure the memory and the frames' age of a long run, and write soak.csv meanwhile.

    Args:
        folder: folder for the run's recording, run.jsonl and soak.csv; it must exist.
        seconds: length of the run.
        source: the input of the run.
        limit: greatest growth of memory after the warm-up, in megabytes.
        attend: a function that is called some ten times a second with the seconds so far and the samples; it
            returns False to end the run early, with the samples so far.

    Raises:
        SinkError: the folder cannot be written to.
        NetEyesError: the run did not start, or ended too early for a result.
    """
    every = min(max(seconds / SAMPLES, NEAREST), FARTHEST)
    samples: list[SoakSample] = []
    unanswered, due = 0, 0.0
    table = folder / "soak.csv"
    write_row(table, (field.name for field in fields(SoakSample)), "w")
    with RunProcess(folder, source, seconds) as run:
        while attend(run.age, samples) and run.exit_code is None and run.age < seconds:
            if run.age >= due and run.is_ready:
                due = run.age + every
                try:
                    samples.append(run.sample())
                except (OSError, http.client.HTTPException, psutil.Error):
                    unanswered += 1
                else:
                    write_row(table, astuple(samples[-1]))
            time.sleep(0.1)
        ended = run.exit_code is not None
    if len(_warm(samples)) < FEWEST:
        why = f"ended by itself: {run.last_words}" if ended else "was stopped."
        raise NetEyesError(f"The run was too short for a result. It {why} See {folder / 'run.jsonl'}.")
    figures = figures_of(samples, limit)
    faults = list(faults_of(figures, unanswered / (unanswered + len(samples))))
    if ended:
        faults.append(f"It ended by itself, with exit code {run.exit_code}: {run.last_words}")
    elif run.exit_code:
        faults.append(f"It did not end well after Ctrl-C: exit code {run.exit_code}.")
    return {
        "machine": machine(),
        "judged": is_judged(figures),
        "input": redact(source),
        "recording": " ".join(RECORDING),
        "minutes": round(samples[-1].at / 60, 1),
        "faults": faults,
        "unanswered": unanswered,
        **figures,
        "samples": [asdict(sample) for sample in samples],
    }


def figures_of(samples: Sequence[SoakSample], limit: float = LIMIT) -> dict[str, Any]:
    """Return the figures of the samples after the warm-up.

    Args:
        samples: the samples of the whole run; at least FEWEST after the warm-up.
        limit: the limit of the growth of memory, in megabytes, which becomes one of the figures.
    """
    kept = _warm(samples)
    aged = [(sample.at, sample.age_ms) for sample in kept if sample.age_ms is not None]
    times = [sample.at for sample in kept]
    rates = [after.frames / (after.at - before.at) for before, after in pairwise(kept)]
    return {
        "window_minutes": [round(at / 60, 2) for at in (times[0], times[-1])],
        "memory": _line(trend_of(times, [sample.memory_mb for sample in kept])) | {"limit": limit},
        "age": _line(trend_of(*zip(*aged, strict=True))) if len(aged) >= FEWEST else None,
        "fps": _ends(rates),
        "dark": round(times[-1] - max((one.at for one in kept if one.frames), default=times[0]), 2),
        "threads": _ends([sample.threads for sample in kept]),
        "descriptors": _ends([sample.descriptors for sample in kept]),
        "restarts": samples[-1].restarts,
        "restarted_at": [after.at for before, after in pairwise(samples) if after.restarts > before.restarts],
    }


def faults_of(figures: Mapping[str, Any], unanswered: float = 0.0) -> Iterator[str]:
    """Yield the faults of a run, each as a sentence.

    Args:
        figures: the result of `figures_of`.
        unanswered: share of the requests for metrics that failed.
    """
    memory = figures["memory"]
    if is_judged(figures) and memory["grown"] > memory["limit"]:
        yield f"Its memory grew by {memory['grown']:.1f} MB, more than the {memory['limit']:g} allowed."
    if unanswered > UNANSWERED:
        yield f"Its metrics did not answer {unanswered:.0%} of the requests."
    if figures["dark"] > DARK:
        yield f"In the end it showed nothing for {figures['dark']:.0f} s."


def is_judged(figures: Mapping[str, Any]) -> bool:
    """Return whether a run was long enough for a verdict on growth.

    Args:
        figures: the result of `figures_of`.
    """
    begins, ends = figures["window_minutes"]
    return bool(ends - begins >= 0.95 * SHORTEST)  # the last sample comes a little before the end


def _warm(samples: Sequence[SoakSample]) -> list[SoakSample]:
    """Return the samples after the warm-up."""
    return [sample for sample in samples if sample.at >= WARM_UP * samples[-1].at]


def _line(found: Trend) -> dict[str, float]:
    hour = 3600.0
    return {
        "first": round(found.first, 3),
        "last": round(found.last, 3),
        "grown": round(found.growth, 3),
        "slope_an_hour": round(hour * found.slope, 3),
        "low": round(hour * (found.slope - found.error), 3),
        "high": round(hour * (found.slope + found.error), 3),
    }


def _ends(values: Sequence[float]) -> list[float]:
    """Return the medians of the first and the last tenth: a median ignores low values at reconnects."""
    tenth = max(1, len(values) // 10)
    return [round(median(part), 1) for part in (values[:tenth], values[-tenth:])]
