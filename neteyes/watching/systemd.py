"""Notify systemd of a run or a server: ready, status, watchdog, stopping.

The protocol is that of sd_notify(3): datagrams to the socket that NOTIFY_SOCKET names. Without that
variable, nothing happens.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from neteyes.watching.health import TellsHealth

log = logging.getLogger(__name__)

_TOLD_EVERY = 1.0
"""Seconds between two status lines."""


class SystemdNotifier:
    """Notify the service manager inside the context.

    Args:
        health: its health.
        environment: variables, among them NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID if they are set.
    """

    def __init__(self, health: TellsHealth, environment: Mapping[str, str] = os.environ) -> None:
        self._health = health
        self._address = environment.get("NOTIFY_SOCKET", "")
        self._watchdog = _seconds_of(environment)
        self._socket: socket.socket | None = None
        self._ready = self._stopping = False
        self._told, self._told_at = "", float("-inf")
        self._fed_at = float("-inf")

    def __enter__(self) -> Self:
        if not self._address:
            return self
        if self._address[0] not in "/@":
            log.warning("NOTIFY_SOCKET is no Unix socket: the service manager is told nothing.")
            return self
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.setblocking(False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping()
        if self._socket:
            self._socket.close()
            self._socket = None

    def update(self) -> None:
        """Send changes of the state; called repeatedly on the loop's own thread, which proves it alive.

        The watchdog is notified twice in its interval, but not while the loop holds a frame for longer.
        """
        if self._socket is None or self._stopping:
            return
        now = time.monotonic()
        if not self._ready and self._health.started:
            self._ready = self._send("READY=1")
        if now - self._told_at >= _TOLD_EVERY:
            self._told_at = now
            line = self._health.line
            if line != self._told and self._send(f"STATUS={line}"):
                self._told = line
        if (
            self._watchdog
            and now - self._fed_at >= self._watchdog / 2
            and self._health.moves(self._watchdog)
            and self._send("WATCHDOG=1")
        ):
            self._fed_at = now

    def stopping(self) -> None:
        """Notify once that the run ends, by itself or because it was asked to."""
        if self._socket and not self._stopping:
            self._stopping = self._send("STOPPING=1\nSTATUS=finishing")

    def _send(self, message: str) -> bool:
        """Send a message, and return whether it was sent; a manager that does not listen ends no run."""
        assert self._socket is not None
        name = self._address
        if name[0] == "@":  # an abstract socket, which has no file
            name = "\0" + name[1:]
        try:
            self._socket.sendto(message.encode(), name)
        except OSError as error:
            log.debug("The service manager does not listen: %s", error.strerror)
            return False
        return True


def _seconds_of(environment: Mapping[str, str]) -> float | None:
    """Return the watchdog's interval for this process in seconds; None if it has none."""
    for_whom = environment.get("WATCHDOG_PID", "")
    microseconds = environment.get("WATCHDOG_USEC", "")
    if for_whom not in ("", str(os.getpid())) or not microseconds.isdecimal():
        return None
    return int(microseconds) / 1e6 or None
