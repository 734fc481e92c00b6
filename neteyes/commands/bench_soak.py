"""`neteyes bench soak`: measure memory and frame ages of a long run with constant faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from neteyes.commands._bench import check_places, not_measurable
from neteyes.signals import on_interrupt
from stream.loop.report import save_report

if TYPE_CHECKING:
    from benchmarks.soak_run import SoakSample


def soak(
    minutes: Annotated[float, typer.Option(min=0.1, help="Minutes that the run lasts.")] = 30.0,
    source: Annotated[
        str | None,
        typer.Option(help="The input; by default a scene with every fault.", show_default=False),
    ] = None,
    limit: Annotated[
        float, typer.Option(min=0, help="Megabytes that memory may grow by after the first third.")
    ] = 4.0,
    out: Annotated[
        Path, typer.Option(help="A folder for soak.json, soak.csv, soak.png and the recording.")
    ] = Path("out/soak"),
) -> None:
    """Let [cyan]neteyes run[/] go on for long, in trouble all the time, and see whether it grows.

    It runs in a process of its own, records in segments and serves its metrics; these are read every few
    seconds, with its memory, threads and descriptors. The first third is warm-up and left out. Ctrl-C ends it
    early, with what there is. Exits with 1 if memory grew by more than the limit, or the run did not last.
    A run of less than 15 minutes is too short for a verdict on growth, and gets none.

    Example: [cyan]neteyes bench soak --minutes 480 --source rtsp://camera/live[/]
    """
    try:
        from benchmarks.plots.soak import plot_soak
        from benchmarks.soak import SOURCE, measure_soak
    except ImportError as error:
        raise not_measurable(error) from error
    check_places(None, out)
    with on_interrupt() as interrupted, _progress(60 * minutes) as show:

        def attend(at: float, samples: Sequence[SoakSample]) -> bool:
            show(at, samples)
            return not interrupted()

        result = measure_soak(out, seconds=60 * minutes, source=source or SOURCE, limit=limit, attend=attend)
    console = Console()
    _print(console, result)
    save_report(result, out / "soak.json")
    plot_soak(result, out / "soak.png")
    console.print(f"\nLook at {out / 'soak.png'}; the figures are in {out / 'soak.json'}")
    if result["faults"]:
        raise typer.Exit(1)


@contextmanager
def _progress(total: float) -> Iterator[Callable[[float, Sequence[SoakSample]], None]]:
    """Show a progress bar; yield the function that updates it."""
    console = Console(stderr=True)
    columns = TextColumn("soaking"), BarColumn(), TimeRemainingColumn(), TextColumn("{task.description}")
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("starting", total=total)

        def show(at: float, samples: Sequence[SoakSample]) -> None:
            words = "starting"
            if samples:
                now = samples[-1]
                words = f"{now.memory_mb:.0f} MB · came back {now.restarts} times"
            progress.update(task, completed=at, description=words)

        yield show


def _print(console: Console, result: dict[str, Any]) -> None:
    from benchmarks.soak import SHORTEST, WARM_UP, is_judged

    begins, ends = result["window_minutes"]
    judged = is_judged(result)
    console.print(f"{escape(result['input'])}\n", highlight=False, soft_wrap=True)
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("")
    for header in (f"{begins:.1f} min", f"{ends:.1f} min", "grown", "an hour (95 %)"):
        table.add_column(header, justify="right", no_wrap=True)
    for name, key in (("memory MB", "memory"), ("age when shown ms", "age")):
        if line := result[key]:
            limit = f" of {line['limit']:g}" if "limit" in line and judged else ""
            slope = f"{line['slope_an_hour']:+.2f} ({line['low']:+.1f} to {line['high']:+.1f})"
            table.add_row(
                name,
                *(f"{line[end]:.1f}" for end in ("first", "last")),
                f"{line['grown']:+.2f}{limit}",
                slope if judged else "too short",
            )
    for name, key in (("frames a second", "fps"), ("threads", "threads"), ("descriptors", "descriptors")):
        first, last = result[key]
        table.add_row(name, f"{first:g}", f"{last:g}", f"{last - first:+g}")
    console.print(table)
    console.print(
        f"\nThe source came back {result['restarts']} times. Slopes are Theil and Sen's, their intervals "
        "of a block bootstrap."
    )
    if not judged:
        console.print(
            f"No verdict on growth: {ends - begins:.1f} minutes after the warm-up are too few. It needs "
            f"{SHORTEST:g}: --minutes {SHORTEST / (1 - WARM_UP):.0f}.",
            style="yellow",
        )
    for words in result["faults"]:
        console.print(words, style="red", markup=False, highlight=False)
