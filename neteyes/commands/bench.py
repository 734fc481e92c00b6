"""`neteyes bench`: measure the loop's rate and age; the other benchmarks have files of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from engines.errors import UsageError
from neteyes import option_fields as opt
from neteyes.commands._bench import BenchSize, bundle_at, check_places, not_measurable
from neteyes.commands.bench_gpu import gpu
from neteyes.commands.bench_likeness import likeness
from neteyes.commands.bench_mirror import mirror
from neteyes.commands.bench_pair import pair
from neteyes.commands.bench_soak import soak
from neteyes.commands.bench_steady import steady
from stream.loop.report import save_report

app = typer.Typer(rich_markup_mode="rich")
app.command()(gpu)
app.command()(likeness)
app.command()(mirror)
app.command()(pair)
app.command()(soak)
app.command()(steady)


@app.callback(
    invoke_without_command=True,
    short_help="Measure how fast and late the loop is; also likeness, steady, mirror, soak, pair and gpu.",
)
def bench(
    context: typer.Context,
    bundle: opt.BundleName = "small",
    size: BenchSize = None,
    backend: opt.BackendName = "auto",
    threads: opt.Threads = None,
    seconds: Annotated[float, typer.Option(min=0.5, help="Seconds that each loop runs.")] = 10.0,
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
    cores have time for. How alike the pictures are is another matter: [cyan]neteyes bench likeness[/].

    Example: [cyan]neteyes bench --out out/bench[/]
    """
    if context.invoked_subcommand:
        return _refuse_options(context)
    try:
        from benchmarks.plots.speed import plot_speed
        from benchmarks.speed import measure_speed
    except ImportError as error:
        raise not_measurable(error) from error
    check_places(report, out)
    console = Console()
    with Console(stderr=True).status("starting") as status:
        result = measure_speed(
            bundle_at(bundle, size),
            backend,
            threads=threads,
            seconds=seconds,
            frames=frames,
            tell=lambda what: status.update(f"Measuring {what}"),
        )
    _print_speed(console, result)
    if out:
        save_report(result, out / "bench.json")
        plot_speed(result, out / "bench.png")
        console.print(f"Look at {out / 'bench.png'}; the figures are in {out / 'bench.json'}")
    if report:
        save_report(result, report)


def _refuse_options(context: typer.Context) -> None:
    """Refuse options before a subcommand: they would be ignored silently."""
    for name in context.params:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            option = "--" + name.replace("_", "-")
            raise UsageError(f"Write {option} behind '{context.invoked_subcommand}', not before it.")


def _print_speed(console: Console, result: dict[str, Any]) -> None:
    from benchmarks.machine import in_words
    from benchmarks.other_programs import others_in_words

    console.print(f"{result['bundle']} at {result['size']} on {in_words(result['machine'])}\n")
    table = Table("alone", "runtime", "p50 ms", "p95 ms", "processor ms", box=None, header_style="bold")
    for costs in result["alone"].values():
        for cost in costs:
            figures = (f"{cost[key]:.2f}" for key in ("p50", "p95", "cpu"))
            table.add_row(cost["part"], cost["backend"], *figures)
        table.add_section()
    coloured = result["by_colour"]
    figures = (f"{coloured[key]:.2f}" for key in ("p50", "p95", "cpu"))
    table.add_row("segment", "by colours, from 1280x720", *figures)
    console.print(table)
    table = Table("loop", "fps", "age p50 ms", "p95", "p99", "dropped", "MiB", box=None, header_style="bold")
    for name, key in (
        ("as fast as it can", "throughput"),
        ("without the flash guard", "unguarded"),
        ("live, 60 offered", "live"),
    ):
        loop = result[key]
        ages = (f"{loop['age_ms'][p] or 0:.0f}" for p in ("p50", "p95", "p99"))
        dropped = str(sum(loop["dropped"].values()))
        table.add_row(name, f"{loop['fps'] or 0:.1f}", *ages, dropped, str(loop["memory_mib"]["peak"]))
    console.print(table)
    share = result["share_of_bound"]
    console.print(
        f"\nA perfect loop would reach {result['bound_fps']:.1f} fps; this one has {share:.0%} of it."
    )
    if words := others_in_words(result["others_cores"], result["machine"]["cores"]):
        console.print(words, style="yellow")
