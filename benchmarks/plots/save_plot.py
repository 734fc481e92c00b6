"""Make figures without a window, and save them as PNG files in one style."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

subplots = plt.subplots


def save(figure: Any, title: str, path: Path) -> None:
    """Write a figure with its title as a PNG file, and close it."""
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title, fontsize=11)
    figure.savefig(path, dpi=130)
    plt.close(figure)
