"""Show the progress of a run in the terminal: a bar if its length is known, else a status line."""

from __future__ import annotations

import math
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, TextColumn
from rich.progress import MofNCompleteColumn as CountColumn
from rich.progress import TimeRemainingColumn as RemainingColumn
from rich.table import Table

from neteyes.watching.health import RunHealth
from stream.frame import CountsDamage, Source


class LoopProgress:
    """Show the progress of a run; silent if standard error is not a terminal.

    Args:
        console: the terminal.
        health: the run's health.
        total: number of frames to come; None if unknown.
    """

    def __init__(self, console: Console, health: RunHealth, total: int | None) -> None:
        self._health = health
        known: list[ProgressColumn] = [BarColumn(), CountColumn(), RemainingColumn()]
        live: list[ProgressColumn] = [SpinnerColumn()]
        self._progress = Progress(
            *(known if total else live),
            TextColumn("{task.fields[line]}", markup=False),
            console=console,
            transient=True,
            disable=console.quiet or not console.is_terminal,
        )
        self._task = self._progress.add_task("", total=total, line="starting")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def update(self) -> None:
        """Show the current figures."""
        if self._progress.disable:
            return
        done = self._health.pipeline.meter.frames_out
        self._progress.update(self._task, completed=done, line=self._line())

    def _line(self) -> str:
        """Return the state of feeds that are not live, else the rate and age of frames."""
        pipeline = self._health.pipeline
        meter = pipeline.meter
        if pipeline.paused:
            return "paused"
        if away := [feed for feed in self._health.feeds if feed.health.state != "live"]:
            return " · ".join(
                f"{feed.name} {feed.health.state} for {feed.health.since:.0f} s" for feed in away
            )
        rate, age = meter.rate, meter.age
        if rate is None or age is None:
            return "starting"
        parts = [f"{rate:.1f} fps"]
        if pipeline.source.live:
            parts += [f"age {1000 * age:.0f} ms", f"{pipeline.dropped['late']} late"]
        if isinstance(pipeline.source, CountsDamage) and pipeline.source.damaged:
            parts.append(f"{pipeline.source.damaged} damaged")
        return " · ".join(parts)


def frames_to_come(source: Source, frames: int | None, seconds: float | None) -> int | None:
    """Return the number of frames to come; None if unknown, as for live sources, which drop frames."""
    if source.live:
        return None
    timed = math.ceil(seconds * source.rate) if seconds and source.rate else None
    return min(filter(None, (source.frame_count, frames, timed)), default=None)


def print_report(report: dict[str, Any], console: Console) -> None:
    """Print a run's report as a small table."""
    table = Table.grid(padding=(0, 2))
    dropped = ", ".join(f"{count} {reason}" for reason, count in report["dropped"].items() if count)
    table.add_row("frames", f"{report['frames_in']} in, {report['frames_out']} out")
    table.add_row("dropped", dropped or "none")
    if report["damaged"]:
        table.add_row("damaged", f"{report['damaged']} could not be read")
    if (feed := report["feed"]) and feed["restarts"]:
        table.add_row("feed", f"came back {feed['restarts']} times")
    if report["fps"]:
        table.add_row("rate", f"{report['fps']:.1f} fresh frames a second")
    table.add_row("age", _times(report["age_ms"]))
    for stage, times in report["stage_ms"].items():
        table.add_row(stage, _times(times) + (f"   {report['backends'].get(stage, '')}").rstrip())
    table.add_row("flashes", _flashes(report["flashes"]))
    for output in report["outputs"]:
        missed = f", {output['missed']} missed" if output["missed"] else ""
        table.add_row("output", f"{escape(output['name'])}: {output['written']} frames{missed}")
    console.print(table)


def _flashes(flashes: dict[str, Any] | None) -> str:
    if flashes is None:
        return "not counted"
    held = f"; held back in {flashes['held']} pictures" if flashes["held"] else ""
    return ("within WCAG's limits" if flashes["complies"] else "over WCAG's limits") + held


def _times(times: dict[str, float | None]) -> str:
    return " · ".join(f"{name} {value:.1f} ms" for name, value in times.items() if value is not None) or "–"
