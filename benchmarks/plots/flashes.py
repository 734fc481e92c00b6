"""Plot the flashes of a clip."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.plots.save_plot import save, subplots
from stream.flashes.seconds import Second
from stream.flashes.tally import LIMIT


def plot_flashes(seconds: Sequence[Second], path: Path, title: str) -> None:
    """Draw the flashes of each second, general and red, and the limit that they may reach.

    Args:
        seconds: the clip's seconds, in order.
        path: the PNG file.
        title: the plot's title.
    """
    figure, axes = subplots(figsize=(10, 3.2), layout="constrained")
    edges = [second.second for second in seconds]
    for name, colour in (("general", "#3a86ff"), ("red", "#ef476f")):
        flashes = [getattr(second, name) / 2 for second in seconds]
        left = [edge + (0.5 if name == "red" else 0) for edge in edges]
        axes.bar(left, flashes, width=0.5, align="edge", color=colour, label=f"{name} flashes")
    axes.axhline(LIMIT / 2, color="#444444", linewidth=1, linestyle="--", label="WCAG 2.3.1 allows")
    axes.set_ylim(0, max([LIMIT / 2 + 1, *axes.get_ylim()]))
    axes.set_xlabel("seconds")
    axes.set_ylabel("flashes in the worst second")
    axes.legend(frameon=False, ncols=3, fontsize=9)
    save(figure, title, path)
