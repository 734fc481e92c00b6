"""What all plots share: nobody's window, quiet axes, and one way onto the disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

subplots = plt.subplots


def save(figure: Any, title: str, path: Path) -> None:
    """Write a figure as a PNG file, under its title, and forget it."""
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title, fontsize=11)
    figure.savefig(path, dpi=130)
    plt.close(figure)
