"""Keep the screen awake while a window is open: no screen saver, no lock, no power saving."""

from __future__ import annotations

import logging
import threading

from stream.x11.x_server import X11

log = logging.getLogger(__name__)

_EVERY = 50.0
"""Seconds between two resets of the X server's timer; the shortest that desktops offer is a minute."""


class ScreenAwake:
    """Keep the screen awake from now until `close`; where the desktop does not allow it, the log says so.

    The desktop is asked over D-Bus (`org.freedesktop.ScreenSaver`, or GNOME's session manager). An X server
    without a desktop counts the time by itself, so its timer is reset as well. A thread of its own does both,
    because a desktop may take seconds to answer.
    """

    def __init__(self) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="screen awake", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let the screen sleep again."""
        self._over.set()
        self._thread.join(1.0)  # a desktop that hangs may not hold up the end

    def _keep(self) -> None:
        from wakepy import keep

        with keep.presenting(on_fail="pass") as mode:
            if not mode.active:
                log.info(
                    "The desktop takes no request to keep the screen awake. If it goes dark, change that in "
                    "the desktop's settings."
                )
            self._reset_timer()

    def _reset_timer(self) -> None:
        try:
            with X11() as server:
                while not self._over.wait(_EVERY):
                    server.reset_screen_saver()
        except OSError:  # not X11, or the server is gone
            self._over.wait()
