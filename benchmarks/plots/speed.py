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
        1, 3, figsize=(14, 3.8), width_ratios=(2.2, 1.4, 1.0), layout="constrained"
    )
    _draw_parts(parts, result["alone"])
    loop, live = result["throughput"], result["live"]
    speeds = {
        "perfect loop": result["bound_fps"],
        "as fast as it can": loop["fps"] or 0,
        "without the guard": result["unguarded"]["fps"] or 0,
        "live, 60 offered": live["fps"] or 0,
    }
    colours = ["#cccccc", "#3a86ff", "#a2c4ff", "#3a86ff"]
    _draw_bars(rates, speeds, colours, "%.1f", "fresh frames a second")
    delays = {name: live["age_ms"][name] or 0 for name in ("p50", "p95", "p99")}
    _draw_bars(ages, delays, ["#ef476f"] * 3, "%.0f", "age when shown, live (ms)")
    save(figure, f"{result['bundle']} on {in_words(result['machine'])}", path)


def _draw_bars(axes: Any, values: dict[str, float], colours: list[str], form: str, title: str) -> None:
    """Draw lying bars, so that no name meets the next one, each with its figure."""
    bars = axes.barh(list(values), list(values.values()), color=colours)
    axes.bar_label(bars, fmt=form, padding=3)
    axes.invert_yaxis()
    axes.margins(x=0.18)
    axes.set_title(title)


def _draw_parts(axes: Any, alone: dict[str, list[dict[str, Any]]]) -> None:
    """Draw a bar for each runtime, its parts in colours, with the sum behind it and all figures above it."""
    for row, costs in enumerate(alone.values()):
        left = 0.0
        for cost in costs:
            label = cost["part"] if row == 0 else None
            bar = axes.barh(row, cost["cpu"], 0.5, left=left, color=COLOURS[cost["part"]], label=label)
            left += cost["cpu"]
        axes.bar_label(bar, [f"{left:.1f}"], padding=3)
        figures = " · ".join(f"{cost['part']} {cost['cpu']:.1f}" for cost in costs)
        axes.text(0, row - 0.3, figures, fontsize=9, va="bottom")
    axes.set_yticks(range(len(alone)), list(alone))
    axes.set_ylim(len(alone) - 0.6, -0.8)
    axes.margins(x=0.1)
    axes.set_title("processor time of one frame, each part alone (ms)")
    axes.legend(ncols=5, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.08), fontsize=9)
