"""A process of our own, for calls that nobody can end: how it starts, and that it ends."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import cast

log = logging.getLogger(__name__)


class Child:
    """A process that runs this Python, with pipes to and from it.

    It is to end by itself when its input ends; so it does not outlive us, even if we are killed.

    Args:
        arguments: what follows the interpreter and its `-P` on the command line; everybody can read that.
        job: what it does, for the log, such as "reads a camera".
        env: its environment; ours by default.
        loud: whether its standard error is ours; else it goes nowhere.

    Attributes:
        inp: its standard input, unbuffered.
        out: its standard output, unbuffered; yours to close, once nobody reads it any more.

    Raises:
        OSError: the system has no room for another process.
    """

    def __init__(
        self, arguments: Sequence[str], *, job: str, env: Mapping[str, str] | None = None, loud: bool = False
    ) -> None:
        self._job = job
        self._process = subprocess.Popen(
            [sys.executable, "-P", *arguments],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if loud else subprocess.DEVNULL,
            env=env,
            start_new_session=True,  # Ctrl-C is meant for this process, which ends that one
        )
        self.inp = cast(io.FileIO, self._process.stdin)
        self.out = cast(io.FileIO, self._process.stdout)

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def fate(self) -> str:
        """How it ended, for a message."""
        code = self._process.poll()
        return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"

    @property
    def has_ended(self) -> bool:
        """Whether it is gone."""
        return self._process.poll() is not None

    def kill(self) -> None:
        """End it at once; may be called from any thread."""
        self._process.kill()

    def end(self, grace: float) -> bool:
        """Close its input, and kill it if it goes on for `grace` seconds; takes twice that at most.

        Returns:
            Whether it has ended. What hangs in a call of the system cannot be killed; the log says so.
        """
        self.inp.close()
        if self._ends(grace):
            return True
        self.kill()
        if self._ends(grace):
            return True
        log.warning("The process %d that %s cannot be killed: a driver hangs.", self.pid, self._job)
        return False

    def _ends(self, grace: float) -> bool:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(grace)
            return True
        return False
