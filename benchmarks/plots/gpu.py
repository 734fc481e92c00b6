"""Plot the measurements on a GPU."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.plots.save_plot import save, subplots

COLOURS = {"upload": "#8ecae6", "segment": "#fb8500", "synthesize": "#8338ec", "download": "#2a9d8f"}


def plot_gpu(result: dict[str, Any], path: Path) -> None:
    """Draw the rates beside the eager nets, the device's time of a frame, and its age when shown.

    Args:
        result: the result of `measure_gpu`, with `eager` and `roofline` if they were measured.
        path: the PNG file.
    """
    figure, (rates, parts, ages) = subplots(
        1, 3, figsize=(13, 3.8), width_ratios=(1.8, 1.6, 1.4), layout="constrained"
    )
    eager = {f"eager\n{manner}": one["fps"] for manner, one in result.get("eager", {}).items()}
    ours = {
        "live": result["live"]["fps"],
        "as fast as\nit can": result["throughput"]["fps"],
        "nets alone": result["parts_fps"],
    }
    colours = ["#cccccc"] * len(eager) + ["#3a86ff", "#3a86ff", "#cccccc"]
    bars = rates.bar(list(eager | ours), [fps or 0 for fps in (eager | ours).values()], color=colours)
    rates.bar_label(bars, fmt="%.0f", padding=2)
    rates.set_title("fresh frames a second")
    steps = {step: result["throughput"]["device_ms"][step]["p50"] for step in COLOURS}
    bars = parts.barh(list(steps), list(steps.values()), color=list(COLOURS.values()))
    parts.bar_label(bars, fmt="%.2f", padding=2)
    parts.invert_yaxis()
    parts.set_title("a frame on the device (ms)")
    if roof := result.get("roofline"):
        parts.set_xlabel(f"the painter at {roof['share_of_matrix_rate']:.0%} of the fp16 matrix rate")
    names = ["p50", "p95", "p99"]
    bars = ages.bar(names, [result["live"]["age_ms"][name] or 0 for name in names], color="#ef476f")
    ages.bar_label(bars, fmt="%.1f", padding=2)
    ages.set_title("age when shown, live (ms)")
    for axes in (rates, parts, ages):
        axes.margins(y=0.15)
    save(figure, f"{result['bundle']}, {result['precision']}, on {result['gpu']['name']}", path)
