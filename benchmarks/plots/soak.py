"""Plot a long run: memory and age over time, and the source's reconnects."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.machine import in_words
from benchmarks.plots.save_plot import save, subplots

COLOURS = {"memory_mb": "#3a86ff", "age_ms": "#ef476f"}


def plot_soak(result: dict[str, Any], path: Path) -> None:
    """Draw memory and age over time with their slopes, and a tick for each reconnect of the source.

    Args:
        result: the result of `measure_soak`.
        path: the PNG file.
    """
    figure, (memory, age) = subplots(2, 1, figsize=(10, 5.4), sharex=True, layout="constrained")
    _draw(memory, result, "memory_mb", result["memory"], "MB")
    _draw(age, result, "age_ms", result["age"], "ms")
    memory.set_title(_words("resident memory, with its children", result["memory"], "MB"), fontsize=10)
    age.set_title(_words("mean age of frames when shown", result["age"], "ms"), fontsize=10)
    returns = [at / 60 for at in result["restarted_at"]]
    age.plot(
        returns,
        [0] * len(returns),
        "|",
        color="#444444",
        markersize=9,
        clip_on=False,
        label=f"the source came back ({result['restarts']} times)",
    )
    age.set_ylim(bottom=0)
    age.set_xlabel("minutes; grey: the warm-up, left out of the slopes")
    age.legend(frameon=False, fontsize=9, loc="upper left")
    title = f"{result['minutes']:g} minutes of {result['input'].partition('?')[0]}"
    save(figure, f"{title} ({in_words(result['machine'])})", path)


def _draw(axes: Any, result: dict[str, Any], key: str, line: dict[str, float] | None, unit: str) -> None:
    points = [(one["at"] / 60, one[key]) for one in result["samples"] if one[key] is not None]
    axes.plot(*zip(*points, strict=True), color=COLOURS[key], linewidth=1)
    begins, ends = result["window_minutes"]
    axes.axvspan(0, begins, color="#eeeeee", zorder=0)
    if line:
        middle = median(value for at, value in points if at >= begins)
        half = (ends - begins) / 120 * line["slope_an_hour"]
        axes.plot([begins, ends], [middle - half, middle + half], "--", color="#222222", linewidth=1)
    axes.set_ylabel(unit)
    axes.set_xlim(0, ends)


def _words(what: str, line: dict[str, float] | None, unit: str) -> str:
    if line is None:
        return what
    limit = f" of {line['limit']:g} allowed" if "limit" in line else ""
    return (
        f"{what}: {line['grown']:+.2f} {unit}{limit}, {line['slope_an_hour']:+.2f} {unit} an hour "
        f"({line['low']:+.2f} to {line['high']:+.2f})"
    )
