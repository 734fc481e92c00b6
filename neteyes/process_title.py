"""Hide secrets of the command line from the list of processes, which other users of the machine can read."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence

from stream.redact import HIDDEN, redact

_SECRET_OPTIONS = ("--token",)


def hide_secrets() -> None:
    """Overwrite this process's arguments if any holds a password or token; else change nothing.

    The secrets are visible until this is called, and stay in the shell's history.
    """
    typed = sys.orig_argv
    shown = hidden(typed)
    if shown == typed:
        return
    from setproctitle import getthreadtitle, setproctitle, setthreadtitle

    name = getthreadtitle()  # the name in /proc/PID/comm, which setproctitle would change too
    setproctitle(shlex.join(shown))
    setthreadtitle(name)


def hidden(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with `***` in place of users, passwords and tokens."""
    shown: list[str] = []
    for argument in arguments:
        option, equals, _ = argument.partition("=")
        if shown and shown[-1] in _SECRET_OPTIONS:
            shown.append(HIDDEN)
        elif equals and option in _SECRET_OPTIONS:
            shown.append(f"{option}={HIDDEN}")
        else:
            shown.append(redact(argument))
    return shown
