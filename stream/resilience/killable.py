"""Run calls that cannot be interrupted in a child process, which can be killed."""

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

    It must end by itself when its input ends, so that it does not outlive neteyes, even if neteyes is killed.

    Args:
        arguments: the arguments after the interpreter and its `-P`; every user can read them.
        job: its task, for the log, such as "reads a camera".
        env: its environment; ours by default.
        loud: whether its standard error is ours; otherwise it is discarded.

    Attributes:
        inp: its standard input, unbuffered.
        out: its standard output, unbuffered; the caller closes it when no thread reads it any more.

    Raises:
        OSError: the system cannot start another process.
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
            start_new_session=True,  # Ctrl-C is for this process only, which then ends the child
        )
        self.inp = cast(io.FileIO, self._process.stdin)
        self.out = cast(io.FileIO, self._process.stdout)

    @property
    def pid(self) -> int:
        """Return the process id."""
        return self._process.pid

    @property
    def fate(self) -> str:
        """Return how the process ended, for a message."""
        code = self._process.poll()
        return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"

    @property
    def has_ended(self) -> bool:
        """Return whether the process has ended."""
        return self._process.poll() is not None

    def kill(self) -> None:
        """Kill the process at once; may be called from any thread."""
        self._process.kill()

    def end(self, grace: float) -> bool:
        """Close its input, and kill it if it has not ended after `grace` seconds; takes twice that at most.

        Returns:
            Whether it has ended. A process that hangs in a system call cannot be killed; the log says so.
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
