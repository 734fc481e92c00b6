"""Errors that nobody foresaw: what is said of them, and where they come from for whoever asks."""

from __future__ import annotations

import os
import traceback

from stream.redact import redact_lines, words_of

TRACEBACK = "NETEYES_TRACEBACK"
"""Set to 1 in the environment, this shows where an unexpected error comes from."""


def internal(error: BaseException, where: str = "") -> str:
    """Return the sentence for an error that is a fault of neteyes.

    Args:
        error: whatever was raised.
        where: such as ` in the thread 'capture'`.
    """
    return f"internal error{where}: {words_of(error)}. Please report it, with what {TRACEBACK}=1 shows."


def traceback_of(error: BaseException) -> str | None:
    """Return where an error comes from, without secrets and with a newline, if that is asked for."""
    if os.environ.get(TRACEBACK) != "1":
        return None
    return redact_lines("".join(traceback.format_exception(error)))
