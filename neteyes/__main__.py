"""The way into the command `neteyes`, whose offers stand in `neteyes.app`, and how errors reach the user."""

from __future__ import annotations

import os
import signal
import sys
from typing import NoReturn

from engines.errors import BackendError, NetEyesError
from neteyes.log_cleaning import printable
from neteyes.memory import keep_small


def main() -> NoReturn:
    """Run the command line; exit code 2 for usage, 1 for any other error, 130 when interrupted early.

    `neteyes flashes` ends with 3 where a clip fails, and with 130 where it was not read to its end.
    """
    try:
        _run()
    except KeyboardInterrupt:
        sys.exit(130)
    except NetEyesError as error:
        from stream.redact import redact_lines

        _say(redact_lines(str(error)))
        sys.exit(error.exit_code)
    except Exception as error:
        from neteyes.internal_errors import internal, traceback_of

        sys.stderr.write(traceback_of(error) or "")
        _say(internal(error))
        sys.exit(1)
    sys.exit(0)


def _run() -> None:
    # There is nothing to finish while the libraries load, so Ctrl-C ends the process at once and in silence.
    interrupt = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        from neteyes.process_title import hide_secrets

        hide_secrets()
        from neteyes.app import app
    except ImportError as error:
        _say(
            f"A library does not load: {error}. On Debian or Ubuntu, first try: sudo apt-get install "
            "libgl1 libglib2.0-0 libxcb1 libx11-6; elsewhere, install neteyes again."
        )
        sys.exit(BackendError.exit_code)
    finally:
        signal.signal(signal.SIGINT, interrupt)
    app()


def _say(message: str) -> None:
    from rich.console import Console
    from rich.markup import escape

    said = "\n".join(map(printable, message.split("\n")))
    Console(stderr=True, soft_wrap=True, emoji=False).print(f"[bold red]neteyes:[/] {escape(said)}")


def command() -> NoReturn:
    """Run the command line in a process of its own.

    It ends without the interpreter's own end, which takes what it stands on from under threads that cannot be
    stopped: an attempt to connect in FFmpeg, which asks for the interpreter ten times a second, and nets at
    work when Ctrl-C was pressed twice. Everything of ours is closed by then.
    """
    keep_small()
    code = 1
    try:
        main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except KeyboardInterrupt:  # once more, while the last words were said
        code = 130
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os._exit(code if _flushed() else code or 1)


def _flushed() -> bool:
    """Whether all that was printed is out: its reader may be gone, the disk full, the stream closed."""
    whole = True
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except OSError:
            whole = False
    return whole


if __name__ == "__main__":
    command()
