"""Describe unexpected errors in a sentence, and on request with a traceback."""

from __future__ import annotations

import os
import traceback

from stream.redact import redact_lines, words_of

TRACEBACK = "NETEYES_TRACEBACK"
"""Environment variable: set to 1, tracebacks of unexpected errors are shown."""


def internal(error: BaseException, where: str = "") -> str:
    """Return the message for an error that is a fault of neteyes.

    Args:
        error: the unexpected exception.
        where: the place, such as ` in the thread 'capture'`.
    """
    return f"internal error{where}: {words_of(error)}. Please report it, with what {TRACEBACK}=1 shows."


def traceback_of(error: BaseException) -> str | None:
    """Return the redacted traceback of an error, with a newline at its end; None if it is not asked for."""
    if os.environ.get(TRACEBACK) != "1":
        return None
    return redact_lines("".join(traceback.format_exception(error)))
