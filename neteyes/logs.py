"""Log a run: lines for a person, or one JSON object a line; neither holds secrets."""

from __future__ import annotations

import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TextIO

import typer
from rich.console import Console
from rich.text import Text

from engines.errors import NetEyesError
from neteyes.internal_errors import internal, traceback_of
from neteyes.log_cleaning import cleaned, printable
from stream.redact import redact_lines, words_of

OURS = ("neteyes", "stream", "engines", "export", "benchmarks")
"""Packages whose messages are shown from INFO on; those of all others from WARNING on."""

_STYLES = {logging.WARNING: "yellow", logging.ERROR: "red", logging.CRITICAL: "bold red"}


@contextmanager
def logs(*, as_json: bool = False) -> Iterator[Console]:
    """Show log messages on standard error inside the context; restore logging afterwards.

    An error that ends a thread is logged too; Python's own hook would print it with passwords.

    With `as_json`, standard error holds only JSON lines: an error that ends the run is logged as one, and
    then ends the program with its exit code.

    Args:
        as_json: whether to write JSON for a program.

    Yields:
        The console for lines and a progress bar; log messages appear above the bar. It is quiet with
        `as_json`.

    Raises:
        SystemExit: an error ended the run, and has been logged as JSON.
    """
    console = _Patient(stderr=True, emoji=False, quiet=as_json)
    with _installed(JsonLines() if as_json else ConsoleLines(console)):
        try:
            yield console
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:
            if not as_json:
                raise
            code = _last_words(error)
            raise SystemExit(code) from None


def _last_words(error: Exception) -> int:
    """Log the error that ended the run, and return the program's exit code."""
    log = logging.getLogger("neteyes")
    if isinstance(error, NetEyesError):
        log.error(str(error), extra={"fields": {"exit_code": error.exit_code}})
        return error.exit_code
    log.error("%s", internal(error), exc_info=error, extra={"fields": {"exit_code": 1}})
    return 1


class _Patient(Console):
    """A console that goes on when its reader leaves, as in `2>&1 | tee log` at Ctrl-C; rich would exit."""

    def on_broken_pipe(self) -> None:
        """Print nothing from now on."""
        self.quiet = True


class JsonLines(logging.Handler):
    """Write each record to standard error as one line of JSON, ASCII only.

    The keys are `time` (RFC 3339, UTC), `level`, `logger` and `message`; then those of `record.fields`, with
    `_` behind a name that is taken; for an exception `error`, its message, and on request `traceback`.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        try:
            sys.stderr.write(json.dumps(cleaned(_facts_of(record)), allow_nan=False) + "\n")
            sys.stderr.flush()
        except Exception:  # the reader is gone, or a value cannot be printed: neither may end a run
            pass


class ConsoleLines(logging.Handler):
    """Print each record for a person, above the progress bar if the console has one."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        """Print one line."""
        try:
            error, trace = _failure(record)
            message = _message(record)
            said = redact_lines(message if not error or error in message else f"{message}: {error}")
            style = _STYLES.get(record.levelno)
            words = Text.assemble((f"{record.levelname.lower()}: ", style) if style else "", printable(said))
            self._console.print(words, soft_wrap=True)
            if trace:
                self._console.print(Text(trace), soft_wrap=True)
        except Exception:  # as above
            pass


@contextmanager
def _installed(handler: logging.Handler) -> Iterator[None]:
    """Install `handler` in place of the root logger's handlers, and hooks for warnings and threads."""
    root = logging.getLogger()
    before = root.handlers[:]
    changed = {name: logging.getLogger(name).level for name in OURS}
    level = root.level
    shown, ended = warnings.showwarning, threading.excepthook
    handler.addFilter(_is_wanted)
    try:
        root.handlers[:] = [handler]
        root.setLevel(logging.WARNING)
        for name in OURS:
            logging.getLogger(name).setLevel(logging.INFO)
        warnings.showwarning, threading.excepthook = _warned, _thread_ended
        yield
    finally:
        warnings.showwarning, threading.excepthook = shown, ended
        root.handlers[:] = before
        root.setLevel(level)
        for name, was in changed.items():
            logging.getLogger(name).setLevel(was)
        handler.close()


def _is_wanted(record: logging.LogRecord) -> bool:
    """Return whether a record is shown: a library may have set its own logger to log everything."""
    return record.levelno >= logging.WARNING or record.name.partition(".")[0] in OURS


def _warned(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    logging.getLogger("py.warnings").warning("%s: %s", category.__name__, message)


def _thread_ended(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is None or isinstance(args.exc_value, SystemExit):
        return
    where = f" in the thread '{args.thread.name}'" if args.thread else " in a thread"
    logging.getLogger("neteyes").error("%s", internal(args.exc_value, where), exc_info=args.exc_value)


def _facts_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return the keys and values of a record's JSON line."""
    time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    facts: dict[str, Any] = {
        "time": time.replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": _message(record),
    }
    for name, fact in getattr(record, "fields", {}).items():
        facts[f"{name}_" if name in facts else str(name)] = fact
    error, trace = _failure(record)
    return facts | ({"error": error} if error else {}) | ({"traceback": trace} if trace else {})


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):  # a library's arguments do not fit its message
        return str(record.msg)


def _failure(record: logging.LogRecord) -> tuple[str | None, str | None]:
    """Return the message of a record's exception, and on request its traceback."""
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return None, None
    return words_of(error), traceback_of(error)
