"""What is said and saved of a run when it is over."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from rich.console import Console

from engines.errors import SinkError
from neteyes.progress import print_report
from stream.loop.report import save_report

log = logging.getLogger(__name__)


def conclude(
    result: dict[str, Any], console: Console, report: Path | None, error: BaseException | None
) -> None:
    """Tell what a run did, and write its report, if one is wanted.

    Args:
        result: the report.
        console: of `neteyes.logs.logs`; a quiet one means that a program reads along.
        report: where the report goes.
        error: what ended the run.

    Raises:
        BaseException: `error`.
        SinkError: the report cannot be written, and there is no `error`.
    """
    if report:  # first: whoever reads along may be gone
        _save(result, report, error)
    if console.quiet:
        log.info("The run is over.", extra={"fields": {"report": result}})
    elif result["frames_in"]:
        print_report(result, console)
    elif not error:
        console.print("No picture came.")
    if error:
        raise error


def _save(result: dict[str, Any], place: Path, error: BaseException | None) -> None:
    """Write the report; where the run ended with an error, that one is told instead of a fault in this."""
    try:
        save_report(result, place)
    except SinkError as unsaved:
        if error is None:
            raise
        log.warning("%s", unsaved)
