"""Write the day's results as one page and one picture, from whatever there is so far."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Results = dict[str, dict[str, Any]]


def write_summary(folder: Path, outcomes: Mapping[str, Mapping[str, Any]]) -> None:
    """Write `results.json`, `summary.md` and, once a loop was measured, `loops.png`.

    Args:
        folder: the day's folder.
        outcomes: part → its state, words and seconds.
    """
    results = read_results(folder)
    (folder / "results.json").write_text(json.dumps(results, indent=2) + "\n", "utf-8")
    (folder / "summary.md").write_text("\n".join(_lines(outcomes, results)) + "\n", "utf-8")
    loops = {name: one for name, one in results.items() if "throughput" in one}
    try:
        if loops:
            _plot(loops, folder / "loops.png")
    except ImportError as error:
        with (folder / "summary.md").open("a") as page:
            page.write(f"\nThere is no picture: {error}.\n")


def read_results(folder: Path) -> Results:
    """Return the results of all parts: part and file → content. A file that is cut short is left out."""
    results = {}
    for path in sorted(folder.glob("*/*.json")):
        try:
            content = json.loads(path.read_text("utf-8"))
        except ValueError:
            continue
        if isinstance(content, dict) and path.parent.name != "pair":
            results[f"{path.parent.name}/{path.stem}"] = content
    return results


def _lines(outcomes: Mapping[str, Mapping[str, Any]], results: Results) -> Iterator[str]:
    gpus = {one["gpu"]["name"] for one in results.values() if "gpu" in one}
    yield f"# {', '.join(sorted(gpus)) or 'A GPU that no part has named yet'}"
    yield ""
    yield "| part | | seconds | |"
    yield "|---|---|---|---|"
    for name, one in outcomes.items():
        words = str(one["words"]).replace("|", "/")
        yield f"| {name} | {one['state']} | {one['seconds']:.0f} | {words} |"
    for name, one in results.items():
        if "throughput" in one:
            yield from _loop(name, one)
        elif "segment" in one and "synthesize" in one:
            yield from _parity(name, one)


def _loop(name: str, one: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"## {name}: {one['bundle']}, {one['precision']}"
    yield ""
    yield "| loop | fresh frames a second | age p50 ms | p95 | p99 |"
    yield "|---|---|---|---|---|"
    for kind in ("throughput", "live"):
        ages = " | ".join(f"{one[kind]['age_ms'][p] or 0:.1f}" for p in ("p50", "p95", "p99"))
        yield f"| {kind} | {one[kind]['fps'] or 0:.1f} | {ages} |"
    for step, times in one["throughput"]["device_ms"].items():
        what = "a frame, from its upload on" if step == "device" else step
        yield f"- {what} on the device: p50 {times['p50']:.3f} ms, p95 {times['p95']:.3f} ms"
    for manner, times in one.get("times_eager", {}).items():
        yield f"- {times} times as fast as the eager nets in {manner}"
    if roof := one.get("roofline"):
        yield (
            f"- the painter: {roof['tflops']} of {roof['matrix_tflops']} TFLOP/s, {roof['gb_s']} of "
            f"{roof['copy_gb_s']} GB/s"
        )
    if parity := one.get("parity"):
        yield f"- {parity['labels']:.2%} of labels alike, pictures {parity['mean']:.2f}/255 off"


def _parity(name: str, one: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"## {name}"
    yield ""
    for graph in ("segment", "synthesize"):
        figures = ", ".join(f"{key} {value}" for key, value in one[graph].items() if value not in (None, ""))
        yield f"- {graph}: {figures}"


def _plot(loops: Results, path: Path) -> None:
    from benchmarks.plots.save_plot import save, subplots

    figure, (rates, ages) = subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    names = [name.partition("/")[0] for name in loops]
    bars = rates.bar(names, [one["throughput"]["fps"] or 0 for one in loops.values()], color="#3a86ff")
    rates.bar_label(bars, fmt="%.0f", padding=2)
    rates.set_title("fresh frames a second")
    bars = ages.bar(names, [one["live"]["age_ms"]["p95"] or 0 for one in loops.values()], color="#ef476f")
    ages.bar_label(bars, fmt="%.1f", padding=2)
    ages.set_title("age when shown, live, p95 (ms)")
    for axes in (rates, ages):
        axes.margins(y=0.15)
    save(figure, "loops on a GPU", path)
