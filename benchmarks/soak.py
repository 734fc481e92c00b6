"""A long run in trouble: does its memory grow, do frames grow older?"""

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
"""Always in trouble: it is cut and comes back, falls silent, freezes, changes its size, loses frames.

Its rounds fit into two minutes, a tenth of what is looked at in half an hour. The scene is small because it
is painted anew at each opening: at 640x360 that takes 30 MB for a moment, as no camera does, and what the
allocator keeps of them or gives back would hide what is looked for.
"""

LIMIT = 4.0
"""Megabytes that memory may grow by after the warm-up."""

WARM_UP = 1 / 3
"""Share of a run that is left out at its beginning: libraries fill their pools."""

NEAREST, FARTHEST, SAMPLES = 0.2, 5.0, 600
"""Seconds between two samples, at least and at most; and how many there are in between."""

UNANSWERED = 0.02
"""Share of the questions that may stay without an answer: a busy machine is no fault of a run."""

DARK = 60.0
"""Seconds at the end without a frame, after which nobody would say that it still runs."""

FEWEST = 10
"""Samples after the warm-up, without which nothing can be said."""


def measure_soak(
    folder: Path,
    *,
    seconds: float,
    source: str = SOURCE,
    limit: float = LIMIT,
    attend: Callable[[float, Sequence[SoakSample]], bool] = lambda at, samples: True,
) -> dict[str, Any]:
    """Let a run go on for long, and say what it did to memory and ages; soak.csv is written meanwhile.

    Args:
        folder: for the run's recording, run.jsonl and soak.csv; it must be there.
        seconds: how long.
        source: the input of the run.
        limit: megabytes that memory may grow by after the warm-up.
        attend: called some ten times a second with the seconds that have gone and what was seen; False ends
            it early, with what there is.

    Raises:
        SinkError: the folder cannot be written to.
        NetEyesError: the run did not come up, or ended too early to say anything.
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
        raise NetEyesError(f"Too little was seen of the run. It {why} See {folder / 'run.jsonl'}.")
    figures = figures_of(samples, limit)
    faults = list(faults_of(figures, unanswered / (unanswered + len(samples))))
    if ended:
        faults.append(f"It ended by itself, with exit code {run.exit_code}: {run.last_words}")
    elif run.exit_code:
        faults.append(f"It did not end well when asked to: exit code {run.exit_code}.")
    return {
        "machine": machine(),
        "input": redact(source),
        "recording": " ".join(RECORDING),
        "minutes": round(samples[-1].at / 60, 1),
        "faults": faults,
        "unanswered": unanswered,
        **figures,
        "samples": [asdict(sample) for sample in samples],
    }


def figures_of(samples: Sequence[SoakSample], limit: float = LIMIT) -> dict[str, Any]:
    """Return what the samples after the warm-up say.

    Args:
        samples: of the whole run; at least FEWEST after the warm-up.
        limit: put beside the growth of memory, in megabytes.
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
    """Yield what is wrong with a run, each as a sentence.

    Args:
        figures: of `figures_of`.
        unanswered: share of the questions that its metrics did not answer.
    """
    memory = figures["memory"]
    if memory["grown"] > memory["limit"]:
        yield f"Its memory grew by {memory['grown']:.1f} MB, more than the {memory['limit']:g} allowed."
    if unanswered > UNANSWERED:
        yield f"Its metrics left {unanswered:.0%} of the questions without an answer."
    if figures["dark"] > DARK:
        yield f"In the end it showed nothing for {figures['dark']:.0f} s."


def _warm(samples: Sequence[SoakSample]) -> list[SoakSample]:
    """Return those after the warm-up."""
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
    """Return the medians of the first and the last tenth: in between two openings there is less."""
    tenth = max(1, len(values) // 10)
    return [round(median(part), 1) for part in (values[:tenth], values[-tenth:])]
