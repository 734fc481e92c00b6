"""What other users of the machine see of a command: its secrets are overwritten in the list of processes."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence

from stream.redact import HIDDEN, redact

_SECRET_OPTIONS = ("--token",)


def hide_secrets() -> None:
    """Overwrite this process's arguments where any holds a password or token; else change nothing.

    They stay visible for the moment before this is called, and in the shell's history.
    """
    typed = sys.orig_argv
    shown = hidden(typed)
    if shown == typed:
        return
    from setproctitle import getthreadtitle, setproctitle, setthreadtitle

    name = getthreadtitle()  # what /proc/PID/comm says, which a title would change too
    setproctitle(shlex.join(shown))
    setthreadtitle(name)


def hidden(arguments: Sequence[str]) -> list[str]:
    """Return arguments as they may be seen: `***` in the place of users, passwords and tokens."""
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
