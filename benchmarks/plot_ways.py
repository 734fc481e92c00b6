"""The painter's ways as one picture: how long each takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt


def plot_ways(result: dict[str, Any], path: Path) -> None:
    """Draw how long each way of painting takes, and how many times as quick it is as the first.

    Args:
        result: of `measure_painter`.
        path: the PNG file.
    """
    ways = result["ways"]
    figure, axes = plt.subplots(figsize=(9, 0.55 * len(ways) + 1.4), layout="constrained")
    names = [f"{way['graph']}, {way['backend']}" for way in ways]
    colours = ["#8338ec" if way["graph"] == "simplified" else "#cccccc" for way in ways]
    bars = axes.barh(names, [way["ms"] for way in ways], color=colours)
    labels = [f"{way['ms']:.0f} ms · {way['quicker'][0]:.2f}× · ≤ {way['worst']:.0f}/255 off" for way in ways]
    axes.bar_label(bars, labels, padding=4, fontsize=9)
    axes.invert_yaxis()
    axes.margins(x=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel("a picture, median (ms)")
    where = result["machine"]
    figure.suptitle(
        f"{result['bundle']}'s painter on {where['processor']}, {where['cores']} cores", fontsize=11
    )
    figure.savefig(path, dpi=130)
    plt.close(figure)
