"""Plot the flicker of labels without and with steadiness, in each runtime."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import in_words
from benchmarks.plots.save_plot import save, subplots
from stream.flashes.tally import LIMIT

COLOURS = ("#3a86ff", "#fb8500", "#8338ec", "#2a9d8f")
PALE = 0.3
FLOOR = 1e-3
"""Percent: a lower value is drawn as this one, because a logarithmic axis has no 0."""


def plot_steady(result: dict[str, Any], path: Path) -> None:
    """Draw flips, flash transitions and mIoU of every film in every runtime, without and with steadiness.

    Args:
        result: the result of `measure_steady`.
        path: the PNG file.
    """
    held = [film for film in result["films"] if film["kind"] in ("still", "clip")]
    painted = [film for film in result["films"] if film["kind"] in ("still", "duel")]
    true = [film for film in result["films"] if film["kind"] == "duel"]
    figure, (flips, flashes, truth) = subplots(
        1, 3, figsize=(14, 4.4), width_ratios=(len(held) + 1, len(painted) + 1, 2), layout="constrained"
    )
    _pairs(flips, result, held, "flips", 100, FLOOR)
    flips.set_yscale("log")
    flips.set_ylim(bottom=FLOOR)
    flips.set_title("labels that change from a frame to the next (%)", fontsize=10)
    _pairs(flashes, result, painted, "general", 1, 0)
    flashes.axhline(LIMIT, color="#444444", linewidth=1, linestyle="--")
    flashes.set_title(f"flash transitions in the worst second (WCAG allows {LIMIT})", fontsize=10)
    _pairs(truth, result, true, "miou", 1, 0)
    truth.set_title("mIoU", fontsize=10)
    figure.legend(*flips.get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)
    title = f"{result['bundle']} at steadiness {result['steadiness']:g}; pale: at steadiness 0"
    save(figure, f"{title} ({in_words(result['machine'])})", path)


def _pairs(
    axes: Any, result: dict[str, Any], films: Sequence[dict[str, Any]], key: str, scale: float, least: float
) -> None:
    """Draw a pale and a full bar for each runtime at each film."""
    runtimes = result["runtimes"]
    width = 0.8 / len(runtimes)
    for number, (runtime, colour) in enumerate(zip(runtimes, COLOURS, strict=False)):
        places = [place - 0.4 + (number + 0.5) * width for place in range(len(films))]
        for name, alpha in (("without", PALE), ("with", 1.0)):
            values = [max(least, scale * film[name][runtime][key]) for film in films]
            label = runtime if name == "with" else None
            axes.bar(places, values, width * 0.9, color=colour, alpha=alpha, label=label)
    axes.set_xticks(range(len(films)), [film["film"] for film in films], rotation=20, ha="right", fontsize=9)
