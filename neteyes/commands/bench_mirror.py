"""`neteyes bench mirror`: measure how old the pictures are that visitors of the browser mirror see."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from engines.errors import BackendError
from neteyes.commands._bench import check_places
from neteyes.option_fields import ReportFile
from stream.loop.report import save_report


def mirror(
    visitors: Annotated[int, typer.Option(min=1, max=16, help="Visitors at once.")] = 1,
    seconds: Annotated[float, typer.Option(min=4, help="Seconds of each turn.")] = 20.0,
    rounds: Annotated[int, typer.Option(min=1, help="Turns that each transport has.")] = 2,
    rate: Annotated[float, typer.Option(min=1, max=120, help="Frames a second of each camera.")] = 30.0,
    report: ReportFile = None,
) -> None:
    """Let visitors with marked cameras use a mirror, by WebRTC and by JPEG in turn, and read the marks again.

    Ages count from the camera to the decoded picture, the nets included. The visitors run on the same
    machine, and their encoders and decoders take a part of its processor; a browser's screen adds up to a
    frame.

    Example: [cyan]neteyes bench mirror --visitors 2 --seconds 60[/]
    """
    try:
        from benchmarks.mirror import measure_mirror
    except ImportError as error:
        raise BackendError(
            f"The mirror's packages are not installed ({error}). Get them with: pip install 'neteyes[serve]'"
        ) from error
    check_places(report, None)
    with Console(stderr=True).status("starting") as status:
        results = measure_mirror(
            visitors=visitors,
            rate=rate,
            seconds=seconds,
            rounds=rounds,
            tell=lambda what: status.update(f"Measuring: {what}"),
        )
    _print(Console(), results)
    if report:
        save_report({"turns": results}, report)


def _print(console: Console, results: list[dict[str, Any]]) -> None:
    table = Table("transport", "visitor", "frames/s", "age p50", "p95", "growth", "of others", box=None)
    for turn in results:
        for number, seen in enumerate(turn["each"], 1):
            ages = seen["age_ms"] or {"p50": None, "p95": None}
            told = (seen["fps"], ages["p50"], ages["p95"], seen.get("growth_ms"), seen["foreign"])
            table.add_row(turn["transport"], str(number), *(str(value) for value in told))
    console.print(table)
