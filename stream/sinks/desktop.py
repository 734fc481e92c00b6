"""Know the monitor that a window is for, and hide the pointer over it."""

from __future__ import annotations

import logging
import sys

from engines.errors import SinkError
from stream.x11.x_server import X11, Monitor, listed

log = logging.getLogger(__name__)


class Desktop:
    """The desktop around a window; where it is not X11, it knows no monitors and cannot hide the pointer.

    Args:
        number: number of the window's monitor, from 0.

    Attributes:
        monitor: the window's monitor; None if monitors cannot be listed.
        has_several: whether there are several monitors.

    Raises:
        SinkError: there is no such monitor.
    """

    def __init__(self, number: int) -> None:
        self._server = _server()
        self._shows_pointer = True
        monitors = self._server.monitors() if self._server else []
        self.has_several = len(monitors) > 1
        self.monitor: Monitor | None = None
        if number < len(monitors):
            self.monitor = monitors[number]
        elif monitors:
            self.close()
            raise SinkError(f"There is no monitor {number}. Known: {listed(monitors)}.")
        elif number:
            raise SinkError("The monitors of this system cannot be listed. Use display://0.")

    @property
    def lacks_window_manager(self) -> bool:
        """Whether a request for full screen would get no answer."""
        return self._server is not None and not self._server.has_window_manager()

    def show_pointer(self, title: str, shown: bool) -> None:
        """Show or hide the pointer over this process's window with that title."""
        if self._server and shown != self._shows_pointer:
            self._shows_pointer = shown
            try:
                self._server.show_pointer(title, shown)
            except OSError as error:
                log.info("The pointer stays as it is: %s", error)
                self._server = None

    def close(self) -> None:
        """Close the connection to the X server."""
        if self._server:
            self._server.close()
            self._server = None


def _server() -> X11 | None:
    """Connect to the X server; None where there is none, or it refuses."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        return X11()
    except OSError as error:
        log.info("The pointer stays visible, and monitors cannot be chosen: %s", error)
        return None
