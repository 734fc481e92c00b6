"""What the terminal shows while a loop runs: a bar where the end is known, a live line where it is not."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, TextColumn
from rich.progress import MofNCompleteColumn as CountColumn
from rich.progress import TimeRemainingColumn as RemainingColumn
from rich.table import Table

from stream.pipeline import Pipeline


class LoopProgress:
    """Follows a pipeline in the terminal; silent where standard error is not a terminal.

    Args:
        pipeline: whose meter is read.
        total: how many frames there will be, if that is known.
    """

    def __init__(self, pipeline: Pipeline, total: int | None) -> None:
        self._pipeline = pipeline
        known: list[ProgressColumn] = [BarColumn(), CountColumn(), RemainingColumn()]
        live: list[ProgressColumn] = [SpinnerColumn()]
        console = Console(stderr=True, emoji=False)
        self._progress = Progress(
            *(known if total else live),
            TextColumn("{task.fields[line]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
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
        """Show the figures of the moment."""
        if self._progress.disable:
            return
        self._progress.update(self._task, completed=self._pipeline.meter.frames_out, line=self._line())

    def say(self, message: str) -> None:
        """Print a message above the bar."""
        self._progress.console.print(escape(message), soft_wrap=True)

    def warn(self, *messages: str) -> None:
        """Print warnings above the bar."""
        for message in messages:
            self._progress.console.print(f"[yellow]warning:[/] {escape(message)}", soft_wrap=True)

    def _line(self) -> str:
        meter = self._pipeline.meter
        if meter.fps is None:
            return "starting"
        age, dropped = meter.ages.in_ms((50,))["p50"], self._pipeline.dropped
        parts = [f"{meter.fps:.1f} fps"]
        if self._pipeline.source.live:
            parts += [f"age {age:.0f} ms", f"{dropped['late']} late"]
        return "paused" if self._pipeline.paused else " · ".join(parts)


def print_report(report: dict[str, Any]) -> None:
    """Print a run's report as a small table on standard error."""
    table = Table.grid(padding=(0, 2))
    dropped = ", ".join(f"{count} {reason}" for reason, count in report["dropped"].items() if count)
    table.add_row("frames", f"{report['frames_in']} in, {report['frames_out']} out")
    table.add_row("dropped", dropped or "none")
    if report["fps"]:
        table.add_row("rate", f"{report['fps']:.1f} fresh frames a second")
    table.add_row("age", _times(report["age_ms"]))
    for stage, times in report["stage_ms"].items():
        table.add_row(stage, _times(times) + (f"   {report['backends'].get(stage, '')}").rstrip())
    table.add_row("flashes", _flashes(report["flashes"]))
    for output in report["outputs"]:
        missed = f", {output['missed']} missed" if output["missed"] else ""
        table.add_row("output", f"{escape(output['name'])}: {output['written']} frames{missed}")
    Console(stderr=True, emoji=False).print(table)


def _flashes(flashes: dict[str, Any]) -> str:
    held = f"; held back in {flashes['held']} pictures" if flashes["held"] else ""
    return ("within WCAG's limits" if flashes["complies"] else "over WCAG's limits") + held


def _times(times: dict[str, float | None]) -> str:
    return " · ".join(f"{name} {value:.1f} ms" for name, value in times.items() if value is not None) or "–"
