"""`neteyes bench`: how fast, and how late."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from engines.bundle import open_bundle
from engines.errors import BackendError
from neteyes import options as opt
from stream.report import check_report_path, save_report


def bench(
    bundle: opt.BundleName = "small",
    backend: opt.BackendName = "auto",
    threads: opt.Threads = None,
    seconds: Annotated[float, typer.Option(min=0.5, help="How long each loop runs.")] = 10.0,
    frames: opt.Frames = None,
    headless: Annotated[
        bool, typer.Option("--headless", help="Accepted for symmetry with run: benches open no window.")
    ] = False,
    report: opt.ReportFile = None,
    out: Annotated[
        Path | None, typer.Option(help="A folder for bench.json and bench.png, made if need be.")
    ] = None,
) -> None:
    """Measure each part of the loop alone, then the whole loop from a drawn scene to nowhere.

    The loop ought to reach 0.9 of what a perfect one would: one frame per slowest part, or as many as the
    cores have time for.

    Example: [cyan]neteyes bench --out out/bench[/]
    """
    try:
        from benchmarks.plot import plot_speed
        from benchmarks.speed import measure_speed
    except ImportError as error:
        raise BackendError(
            f"Benchmarks need a few packages more ({error}). Get them with: pip install 'neteyes[bench]'"
        ) from error
    if report:
        check_report_path(report)
    console = Console()
    with Console(stderr=True).status("starting") as status:
        result = measure_speed(
            open_bundle(bundle),
            backend,
            threads=threads,
            seconds=seconds,
            frames=frames,
            tell=lambda what: status.update(f"Measuring {what}"),
        )
    _print(console, result)
    if out:
        out.mkdir(parents=True, exist_ok=True)
        save_report(result, out / "bench.json")
        plot_speed(result, out / "bench.png")
        console.print(f"Look at {out / 'bench.png'}; the figures are in {out / 'bench.json'}")
    if report:
        save_report(result, report)


def _print(console: Console, result: dict[str, Any]) -> None:
    where = result["machine"]
    console.print(f"{result['bundle']} on {where['processor']}, {where['cores']} cores\n")
    table = Table("alone", "runtime", "p50 ms", "p95 ms", "processor ms", box=None, header_style="bold")
    for costs in result["alone"].values():
        for cost in costs:
            figures = (f"{cost[key]:.2f}" for key in ("p50", "p95", "cpu"))
            table.add_row(cost["part"], cost["backend"], *figures)
        table.add_section()
    console.print(table)
    table = Table("loop", "fps", "age p50 ms", "p95", "p99", "dropped", "MiB", box=None, header_style="bold")
    for name, key in (("as fast as it can", "throughput"), ("live, 60 offered", "live")):
        loop = result[key]
        ages = (f"{loop['age_ms'][p] or 0:.0f}" for p in ("p50", "p95", "p99"))
        dropped = str(sum(loop["dropped"].values()))
        table.add_row(name, f"{loop['fps'] or 0:.1f}", *ages, dropped, str(loop["memory_mib"]["peak"]))
    console.print(table)
    share = result["share_of_bound"]
    console.print(
        f"\nA perfect loop would reach {result['bound_fps']:.1f} fps; this one has {share:.0%} of it."
    )
