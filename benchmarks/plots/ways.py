"""Plot the speed of the painter in each graph, runtime and precision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.machine import in_words
from benchmarks.plots.save_plot import save, subplots


def plot_ways(result: dict[str, Any], path: Path) -> None:
    """Draw the time of each way of painting, and its speed as a multiple of the first.

    Args:
        result: the result of `measure_painter`.
        path: the PNG file.
    """
    ways = result["ways"]
    figure, axes = subplots(figsize=(9, 0.55 * len(ways) + 1.4), layout="constrained")
    names = [f"{way['graph']}, {way['backend']}" for way in ways]
    colours = ["#8338ec" if way["graph"] == "simplified" else "#cccccc" for way in ways]
    bars = axes.barh(names, [way["ms"] for way in ways], color=colours)
    labels = [f"{way['ms']:.0f} ms · {way['quicker'][0]:.2f}× · ≤ {way['worst']:.0f}/255 off" for way in ways]
    axes.bar_label(bars, labels, padding=4, fontsize=9)
    axes.invert_yaxis()
    axes.margins(x=0.3)
    axes.set_xlabel("a picture, median (ms)")
    save(figure, f"{result['bundle']}'s painter on {in_words(result['machine'])}", path)
