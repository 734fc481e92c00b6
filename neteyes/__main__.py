"""Run the command `neteyes`, and print errors for the user; `neteyes.app` lists its subcommands."""

from __future__ import annotations

import os
import signal
import sys
from typing import NoReturn

from engines.errors import BackendError, NetEyesError
from neteyes.log_cleaning import printable
from neteyes.memory import keep_small
from neteyes.standard_output import explain_output_errors


def main() -> NoReturn:
    """Run the command line; the exit code is 2 for usage, 1 for any other error, 130 when interrupted early.

    `neteyes flashes` ends with 3 if a clip fails, and with 130 if it was not read to its end.
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
    # While the libraries load there is nothing to finish, so Ctrl-C ends the process at once and silently.
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
    """Run the command line as the whole process, and end it with `os._exit`.

    The interpreter's normal shutdown frees its state while some threads may still run and need it: FFmpeg
    while it connects, which calls Python ten times a second, and the nets if Ctrl-C was pressed twice. Such
    threads cannot be stopped. All our files and devices are closed by then.
    """
    keep_small()
    explain_output_errors()
    code = 1
    try:
        main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except KeyboardInterrupt:  # a second one, while the error was printed
        code = 130
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os._exit(code if _flushed(tell=code == 0) else code or 1)


def _flushed(*, tell: bool) -> bool:
    """Flush the output; return whether all of it is written: the reader may be gone, or the disk full.

    Args:
        tell: whether to print the reason if not.
    """
    whole = True
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except (OSError, NetEyesError) as error:
            whole = False
            if tell and isinstance(error, NetEyesError):
                _say(str(error))
    return whole


if __name__ == "__main__":
    command()
