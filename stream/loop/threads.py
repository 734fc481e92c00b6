"""Run threads that end together: the first error of one stops all others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class ThreadGroup:
    """Start jobs on threads of their own and keep the first error.

    Args:
        stop: called, from whichever thread failed, to end the other jobs.
    """

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self.error: BaseException | None = None

    def start(self, jobs: dict[str, Callable[[], None]]) -> None:
        """Start each job on a thread of its name, beside those that run already."""
        # Daemons: a job stuck in a library's call must not keep the program from ending.
        threads = [
            threading.Thread(target=self._work, args=(job,), name=name, daemon=True)
            for name, job in jobs.items()
        ]
        self._threads = [thread for thread in self._threads if thread.is_alive()] + threads
        for thread in threads:
            thread.start()

    def fail(self, error: BaseException) -> None:
        """Keep `error` if it is the first, and stop all threads."""
        with self._lock:
            self.error = self.error or error
        self._stop()

    def join(self, timeout: float) -> list[str]:
        """Wait for all threads; return the names of those that did not end within `timeout` seconds."""
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return [thread.name for thread in self._threads if thread.is_alive()]

    def _work(self, job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:
            self.fail(error)
