"""Find the window with which a lock program covers the screen."""

from __future__ import annotations

import re

from stream.x11.window_list import class_of, place_of
from stream.x11.x_server import X11, Rectangle, answering

_LOCKERS = re.compile(
    r"(?i)i3lock|slock|xsecurelock|xlock|xscreensaver|light-?locker|kscreenlocker"
    r"|(mate|cinnamon|xfce4?|gnome)-screensaver"
)
"""The class (WM_CLASS) of the windows of lock programs."""


def locker_over(server: X11, place: Rectangle) -> str | None:
    """Return the name of the lock program whose window covers a part of the desktop; None without one.

    Raises:
        OSError: the X server is gone.
    """
    with answering():
        windows = server.display.screen().root.query_tree().children
    for window in reversed(windows):  # the topmost is the last
        name = class_of(server, window.id)
        if name and _LOCKERS.search(name):
            cover = place_of(server, window.id)
            if cover and cover.holds(place):
                return name
    return None
