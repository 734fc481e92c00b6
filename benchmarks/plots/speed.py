"""Plot the speed of the loop and its parts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.machine import in_words
from benchmarks.plots.save_plot import save, subplots

COLOURS = {
    "capture": "#8ecae6",
    "segment": "#fb8500",
    "synthesize": "#8338ec",
    "compose": "#2a9d8f",
    "guard": "#e63946",
}


def plot_speed(result: dict[str, Any], path: Path) -> None:
    """Draw a frame's processor time by part and runtime, the loop's rate, and the age of frames.

    Args:
        result: the result of `measure_speed`.
        path: the PNG file.
    """
    figure, (parts, rates, ages) = subplots(
        1, 3, figsize=(13, 3.8), width_ratios=(2.2, 1.4, 1.4), layout="constrained"
    )
    _draw_parts(parts, result["alone"])
    loop, live = result["throughput"], result["live"]
    bars = rates.bar(
        ["perfect\nloop", "as fast as\nit can", "without\nthe guard", "live,\n60 offered"],
        [result["bound_fps"], *(one["fps"] or 0 for one in (loop, result["unguarded"], live))],
        color=["#cccccc", "#3a86ff", "#a2c4ff", "#3a86ff"],
    )
    rates.bar_label(bars, fmt="%.1f", padding=2)
    rates.set_title("fresh frames a second")
    names = ["p50", "p95", "p99"]
    bars = ages.bar(names, [live["age_ms"][name] or 0 for name in names], color="#ef476f")
    ages.bar_label(bars, fmt="%.0f", padding=2)
    ages.set_title("age when shown, live (ms)")
    for axes in (parts, rates, ages):
        axes.margins(y=0.15)
    save(figure, f"{result['bundle']} on {in_words(result['machine'])}", path)


def _draw_parts(axes: Any, alone: dict[str, list[dict[str, Any]]]) -> None:
    for row, costs in enumerate(alone.values()):
        left = 0.0
        for cost in costs:
            label = cost["part"] if row == 0 else None
            bar = axes.barh(row, cost["cpu"], left=left, color=COLOURS[cost["part"]], label=label)
            if cost["cpu"] > 2:
                axes.bar_label(bar, [f"{cost['cpu']:.1f}"], label_type="center", color="white", fontsize=9)
            left += cost["cpu"]
    axes.set_yticks(range(len(alone)), list(alone))
    axes.invert_yaxis()
    axes.set_title("processor time of one frame, each part alone (ms)")
    axes.legend(ncols=5, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.08), fontsize=9)
