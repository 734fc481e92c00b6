"""Know which pixels of the display to read: a monitor, a window wherever it goes, or a region of either."""

from __future__ import annotations

import logging
import time
from typing import NamedTuple

from engines.errors import SourceError
from stream.sources.screens.screen_options import ScreenOptions
from stream.sources.screens.session_lock import SessionLock
from stream.sources.screens.window_finder import WindowFinder
from stream.x11.lock_window import locker_over
from stream.x11.window_list import list_windows, place_of
from stream.x11.window_watch import WatchedWindow, watch_desktop
from stream.x11.x_server import X11, Rectangle, listed

log = logging.getLogger(__name__)

_EVERY = 1.0
"""Seconds between two looks for windows of our own on a screen where something moves."""


class Area(NamedTuple):
    """The pixels that are read.

    Attributes:
        window: the window's number; None for the whole desktop.
        inside: the rectangle within the window or desktop.
        is_on_screen: whether no part of it lies beyond the desktop's edges.
    """

    window: int | None
    inside: Rectangle
    is_on_screen: bool = True


class ScreenTarget:
    """Hold what is captured over all openings of an input: the window that was found, and what was said.

    Args:
        options: the options of the input.
    """

    def __init__(self, options: ScreenOptions) -> None:
        self.options = options
        self.finder = WindowFinder(options.window) if options.window else None
        self.has_warned = False

    def open(self, server: X11) -> MonitorArea | WindowArea:
        """Find the window or monitor.

        Raises:
            SourceError: it is not there, or cannot be read.
            OSError: the X server is gone.
        """
        return WindowArea(server, self, self.finder) if self.finder else MonitorArea(server, self)


class WindowArea:
    """The area of a window; moves and new sizes are followed.

    Args:
        server: the X server.
        target: what is captured.
        finder: finds the window.
    """

    def __init__(self, server: X11, target: ScreenTarget, finder: WindowFinder) -> None:
        found = finder.find(server)
        if not server.has_extension("Composite"):
            place = place_of(server, found.number) or Rectangle(0, 0, 640, 480)
            raise SourceError(
                "This X server has no Composite extension, so windows cannot be read. Read a part of the "
                f"screen: screen://?region={place.width}x{place.height}+{place.left}+{place.top}",
                "no video",
            )
        self._server, self._finder, self._title = server, finder, found.title
        self._region = target.options.region
        self._window = WatchedWindow(server, found.number)
        self._area: Area | None = None

    def look(self, *, anew: bool = False) -> Area:
        """Return the area as it is now; nothing is asked of the server while nothing has happened.

        Args:
            anew: ask in any case.

        Raises:
            SourceError: the window was closed (kind `ended`) or is minimised, or does not hold the region.
            OSError: the X server is gone.
        """
        if self._server.has_changed() or anew or self._area is None:
            self._area = self._measure()
        return self._area

    def close(self) -> None:
        """Do nothing: the window is let go with the server's connection."""

    def _measure(self) -> Area:
        place = self._window.place()
        if place is None and not self._window.exists():
            raise self._finder.closed()
        if place is None:
            raise SourceError(
                f"The window '{self._title}' is minimised, or on another desktop. Bring it back to see it.",
                "no video",
            )
        whole = Rectangle(0, 0, place.width, place.height)
        inside = _part(whole, self._region, f"the window '{self._title}'")
        return Area(self._window.number, inside, self._server.size.holds(place))


class MonitorArea:
    """The area of a monitor; its new size is followed, and a lock screen over it is said.

    Args:
        server: the X server.
        target: what is captured.
    """

    def __init__(self, server: X11, target: ScreenTarget) -> None:
        self._server, self._target = server, target
        self._area: Area | None = None
        self._due, self._looked = 0.0, -_EVERY
        watch_desktop(server)
        self._lock = SessionLock(server.name)

    def look(self, *, anew: bool = False) -> Area:
        """Return the area as it is now, as `WindowArea.look` does.

        Raises:
            SourceError: there is no such monitor (kind `not found`), it is locked (kind `no video`), or it
                does not hold the region.
            OSError: the X server is gone.
        """
        if self._lock.is_locked():
            raise _locked("the desktop")
        if self._server.has_changed() or anew or self._area is None:
            self._area = self._measure()
            self._due = self._due or max(time.monotonic(), self._looked + _EVERY)
        if self._due and not self._target.has_warned and time.monotonic() >= self._due:
            self._warn_of_own_window(self._area)
        return self._area

    def close(self) -> None:
        """Close what was opened beside the X server."""
        self._lock.close()

    def _measure(self) -> Area:
        monitors, options = self._server.monitors(), self._target.options
        if options.monitor >= len(monitors):
            raise SourceError(
                f"There is no monitor {options.monitor}. Known: {listed(monitors, 'screen')}.", "not found"
            )
        monitor = monitors[options.monitor]
        if locker := locker_over(self._server, monitor):
            raise _locked(locker)
        return Area(None, _part(monitor, options.region, f"screen://{options.monitor}"))

    def _warn_of_own_window(self, area: Area) -> None:
        """Say once that a window of this process lies on what is captured."""
        self._due, self._looked = 0.0, time.monotonic()
        for one in list_windows(self._server):
            place = place_of(self._server, one.number) if one.is_own else None
            if place and place.meets(area.inside):
                self._target.has_warned = True
                log.warning(
                    "The window '%s' is on the screen that is captured, so the picture shows itself. Move it "
                    "to another monitor, or capture one window: screen://?window=TITLE",
                    one.title,
                )
                return


def _locked(by: str) -> SourceError:
    return SourceError(
        f"The screen is locked (by {by}). Unlock it to see it. A window can be captured meanwhile: "
        "screen://?window=TITLE",
        "no video",
    )


def _part(whole: Rectangle, region: Rectangle | None, name: str) -> Rectangle:
    """Return a region of a monitor or window, in the pixels in which `whole` is given.

    Raises:
        SourceError: it does not lie within.
    """
    if region is None:
        return whole
    part = Rectangle(whole.left + region.left, whole.top + region.top, region.width, region.height)
    if not whole.holds(part):
        raise SourceError(
            f"region={region.width}x{region.height}+{region.left}+{region.top} reaches beyond {name}, which "
            f"has {whole.width}×{whole.height} pixels. Give a smaller one.",
            "not found",
        )
    return part
