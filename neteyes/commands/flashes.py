"""`neteyes flashes`: check whether a clip flashes more than WCAG 2.3.1 allows, and when."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from engines.errors import BackendError, SinkError, SourceError, UsageError
from neteyes import option_fields as opt
from neteyes.signals import on_interrupt
from stream.files import write_whole
from stream.flashes import FlashMeter
from stream.flashes.seconds import Second, by_second, table_of
from stream.flashes.tally import LIMIT, FlashTally
from stream.frame import Frame, Source
from stream.loop.report import check_report_path
from stream.sources import open_source
from stream.uri import redact

STOPPED = 130
"""The exit code of a check that Ctrl-C or SIGTERM stopped: part of a clip says nothing about the rest."""

FAILS = 3
"""The exit code for a clip that flashes too much: not an error, but not a success either."""

ROWS = 60
"""The most seconds that the terminal lists; of a longer clip, the worst ones."""


def flashes(
    input: opt.Input,
    csv: Annotated[Path | None, typer.Option(help="Write the table of all seconds as CSV.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw it as PNG; needs 'neteyes\\[bench]'.")] = None,
    seconds: opt.Seconds = None,
    frames: opt.Frames = None,
) -> None:
    """Check a clip, or anything else that can be opened, for flashes.

    General and red flashes are counted as WCAG 2.2 defines them (success criterion 2.3.1): at most three a
    second, unless they fill less than a quarter of any 10° field of view. The exit code is 0 if the clip
    complies and 3 if it does not. Ctrl-C ends it with 130, without a verdict; then nothing is written.

    [yellow]To comply is not to be safe.[/] Some people are harmed by less.

    [cyan]neteyes flashes film.mp4 --csv film.csv --plot film.png[/]
    """
    if seconds is not None and math.isnan(seconds):
        raise UsageError("--seconds wants a number of seconds, such as 20.")
    draw = _plotter(plot)
    _check_places(input, csv, plot)
    source = open_source(input, pace=False)
    meter = FlashMeter()
    with closing(source), on_interrupt() as interrupted:
        watched = _watched(source, frames, seconds, interrupted)
        try:
            found = list(by_second(watched, meter))
        except KeyboardInterrupt:
            _print_stopped(meter.pictures, csv, plot)
            raise typer.Exit(STOPPED) from None
    if not found:
        raise SourceError(f"{redact(input)} gave no picture, so there is nothing to check.")
    _print(found, meter, redact(input))
    if csv:
        _write(csv, table_of(found))
    if draw and plot:
        draw(found, plot, redact(input))
    if not meter.complies:
        raise typer.Exit(FAILS)


def _watched(
    source: Source, frames: int | None, seconds: float | None, interrupted: Callable[[], bool]
) -> Iterator[Frame]:
    """Yield the frames that are asked for, and show the progress.

    Raises:
        KeyboardInterrupt: Ctrl-C or SIGTERM came before the last of them.
    """
    stop, first, console = threading.Event(), None, Console(stderr=True, emoji=False)
    timed = math.ceil(seconds * source.rate) if seconds and source.rate else None
    total = min(filter(None, (source.frame_count, frames, timed)), default=None)
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()) if total else (SpinnerColumn(),)
    with Progress(
        *columns,
        TextColumn("looking for flashes"),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        task = progress.add_task("", total=total)
        for count, frame in enumerate(source.frames(stop), 1):
            first = frame.pts if first is None else first
            if seconds is not None and frame.pts - first >= seconds:
                break
            if interrupted():
                stop.set()
                raise KeyboardInterrupt
            yield frame
            progress.update(task, completed=count)
            if count == frames:
                break
        stop.set()


def _print(found: list[Second], meter: FlashMeter, name: str) -> None:
    console = Console(emoji=False)
    console.print(f"[bold]{escape(name)}[/]: {_many(meter.pictures)}\n", soft_wrap=True)
    worst = sorted(found, key=lambda second: max(second.general, second.red), reverse=True)[:ROWS]
    table = Table("second", "pictures", "general flashes", "red flashes", "", box=None, header_style="bold")
    for second in found if len(found) <= ROWS else sorted(worst, key=lambda second: second.second):
        figures = (second.second, second.pictures, f"{second.general / 2:g}", f"{second.red / 2:g}")
        table.add_row(*map(str, figures), "" if second.complies else "[bold red]too many[/]")
    console.print(table)
    if len(found) > ROWS:
        console.print(f"These are the {ROWS} worst of {len(found)} seconds; --csv writes all of them.")
    console.print()
    for kind, tally in (("general", meter.general), ("red", meter.red)):
        console.print(_words(kind, tally))
    if meter.complies:
        console.print("[bold]It complies with WCAG 2.3.1.[/] That does not make it safe for everyone.")
    else:
        failing = sum(not second.complies for second in found)
        console.print(
            f"[bold red]It fails WCAG 2.3.1[/] in {failing} of {len(found)} seconds: "
            f"more than {LIMIT // 2} flashes within one."
        )


def _print_stopped(pictures: int, *outputs: Path | None) -> None:
    unwritten = " and ".join(str(path) for path in outputs if path)
    not_written = f" Not written: {unwritten}." if unwritten else ""
    console = Console(stderr=True, soft_wrap=True, emoji=False)
    console.print(f"stopped after {_many(pictures)}: no verdict.{escape(not_written)}")


def _many(pictures: int) -> str:
    return "1 picture" if pictures == 1 else f"{pictures} pictures"


def _words(kind: str, tally: FlashTally) -> str:
    if tally.worst_at is None:
        return f"No {kind} flashes."
    return f"At most {tally.worst / 2:g} {kind} flashes in a second, first at {tally.worst_at:.2f} s."


def _plotter(plot: Path | None) -> Callable[[list[Second], Path, str], None] | None:
    if plot is None:
        return None
    try:
        from benchmarks.plots.flashes import plot_flashes
    except ImportError as error:
        raise BackendError(
            f"--plot needs a package more ({error}). Get it with: pip install 'neteyes[bench]'"
        ) from error
    return plot_flashes


def _check_places(input: str, *outputs: Path | None) -> None:
    """Refuse outputs that cannot be written or would overwrite the input, before anything slow begins."""
    given = [path for path in outputs if path]
    for path in given:
        check_report_path(path)
        if os.path.realpath(path) == os.path.realpath(input.removeprefix("file://")):
            raise UsageError(f"{path} is the input. Name another file to write to.")
    if len({os.path.realpath(path) for path in given}) < len(given):
        raise UsageError("--csv and --plot name the same file. Name two.")


def _write(path: Path, data: bytes) -> None:
    try:
        write_whole(path, data)
    except OSError as error:
        raise SinkError(f"Cannot write {path}: {error.strerror}. Name another place.") from error
