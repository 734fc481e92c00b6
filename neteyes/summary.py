"""Print or log the summary of a run when it is over."""

from __future__ import annotations

import logging
from typing import Any

from rich.console import Console

from neteyes.progress import print_report

log = logging.getLogger(__name__)


def conclude(result: dict[str, Any], console: Console, error: BaseException | None) -> None:
    """Print the report of a run, or log it for a program; then raise its error.

    Args:
        result: the report.
        console: console of `neteyes.logs.logs`; a quiet one means that a program reads the log.
        error: the error that ended the run; None without one.

    Raises:
        BaseException: `error`.
    """
    if console.quiet:
        log.info("The run is over.", extra={"fields": {"report": result}})
    elif result["frames_in"]:
        print_report(result, console)
    elif not error:
        console.print("No picture came.")
    if error:
        raise error
