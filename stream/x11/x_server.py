"""Connect to an X server: its monitors, its pointer, the timer of its screen saver."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, NamedTuple, Self

from stream.x11.xlib_display import open_xlib


class Rectangle(NamedTuple):
    """A part of the desktop: its place and its size, in pixels."""

    left: int
    top: int
    width: int
    height: int

    def holds(self, other: Rectangle) -> bool:
        """Return whether the whole of another rectangle lies in this one."""
        return self._shared(other) == (other.width, other.height)

    def meets(self, other: Rectangle) -> bool:
        """Return whether the two share a pixel."""
        return min(self._shared(other)) > 0

    def _shared(self, other: Rectangle) -> tuple[int, int]:
        """Return the width and height that the two share; a negative one is the distance between them."""
        right = min(self.left + self.width, other.left + other.width)
        bottom = min(self.top + self.height, other.top + other.height)
        return right - max(self.left, other.left), bottom - max(self.top, other.top)


class Monitor(Rectangle):
    """A monitor: its place on the desktop and its size, in pixels."""


class X11:
    """A connection to the X server; use it on one thread only.

    Args:
        name: the display's name; by default that in DISPLAY.

    Attributes:
        display: Xlib's connection, for this room alone.

    Raises:
        PermissionError: the X server lets only those in who have its key (Xauthority).
        OSError: there is no X server, or it refuses the connection.
    """

    def __init__(self, name: str | None = None) -> None:
        self.display = open_xlib(name)
        self._windows: dict[str, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection, if the server has not."""
        with suppress(OSError), answering():
            self.display.close()

    @property
    def name(self) -> str:
        """The display's name, such as `:0`."""
        return str(self.display.get_display_name())

    def has_changed(self) -> bool:
        """Return whether one of the events that were asked for has come since the last call.

        Raises:
            OSError: the X server is gone.
        """
        came = False
        with answering():
            while self.display.pending_events():
                self.display.next_event()
                came = True
        return came

    def has_extension(self, name: str) -> bool:
        """Return whether the X server has an extension, such as `Composite`."""
        return bool(self.display.has_extension(name))

    @property
    def is_xwayland(self) -> bool:
        """Whether this server only serves the X programs of a Wayland desktop."""
        if self.has_extension("XWAYLAND"):  # since 2023; before, its outputs or its devices tell
            return True
        return any("xwayland" in name.lower() for name in (*self._outputs(), *self._devices()))

    def _outputs(self) -> list[str]:
        """Return the names of the outputs (RandR)."""
        from Xlib.ext import randr

        if not self.has_extension(randr.extname):
            return []
        found = self.display.screen().root.xrandr_get_screen_resources()
        ask = self.display.xrandr_get_output_info
        return [str(ask(output, found.config_timestamp).name) for output in found.outputs]

    def _devices(self) -> list[str]:
        """Return the names of the pointers and keyboards (XInput)."""
        from Xlib.ext import xinput

        if not self.has_extension(xinput.extname):
            return []
        return [str(device.name) for device in self.display.xinput_query_device(xinput.AllDevices).devices]

    def monitors(self) -> list[Monitor]:
        """Return the monitors, in the order of the X server: the primary one first."""
        if self.display.has_extension("XINERAMA") and self.display.xinerama_is_active():
            screens = self.display.xinerama_query_screens().screens
            return [Monitor(screen.x, screen.y, screen.width, screen.height) for screen in screens]
        screen = self.display.screen()
        return [Monitor(0, 0, screen.width_in_pixels, screen.height_in_pixels)]

    def has_window_manager(self) -> bool:
        """Return whether a window manager runs, which full screen is asked of (EWMH)."""
        check = self.display.intern_atom("_NET_SUPPORTING_WM_CHECK")
        return self.display.screen().root.get_full_property(check, 0) is not None

    @property
    def size(self) -> Rectangle:
        """The whole desktop, over all monitors."""
        whole = self.display.screen().root.get_geometry()
        return Rectangle(0, 0, whole.width, whole.height)

    def show_pointer(self, title: str, shown: bool) -> None:
        """Show or hide the pointer over this process's window with that title.

        Raises:
            OSError: the X server is gone.
        """
        from Xlib import X

        with answering():
            window = self._windows.get(title) or self._find(title)
            if window is None:
                return
            self._windows[title] = window
            window.change_attributes(cursor=X.NONE if shown else self._blank())
            self.display.flush()

    def reset_screen_saver(self) -> None:
        """Let the X server's screen saver and power saving begin to count anew.

        Raises:
            OSError: the X server is gone.
        """
        from Xlib import X

        with answering():
            self.display.force_screen_saver(X.ScreenSaverReset)
            self.display.flush()

    def _blank(self) -> Any:
        """Return a cursor of one pixel that its mask leaves out."""
        nothing = self.display.screen().root.create_pixmap(1, 1, 1)
        context = nothing.create_gc(foreground=0)
        nothing.fill_rectangle(context, 0, 0, 1, 1)
        return nothing.create_cursor(nothing, (0, 0, 0), (0, 0, 0), 0, 0)

    def _find(self, title: str) -> Any | None:
        """Return the window of this process with that title."""
        from Xlib.error import BadWindow

        number = self.display.intern_atom("_NET_WM_PID")
        waiting = [self.display.screen().root]
        while waiting:
            window = waiting.pop()
            try:
                process = window.get_full_property(number, 0)
                if process and process.value[0] == os.getpid() and window.get_wm_name() == title:
                    return window
                waiting += window.query_tree().children
            except BadWindow:  # closed since it was listed
                continue
        return None


@contextmanager
def answering() -> Iterator[None]:
    """Turn Xlib's error for a server that is gone into an `OSError`."""
    from Xlib.error import ConnectionClosedError

    try:
        yield
    except ConnectionClosedError as gone:
        raise OSError(str(gone)) from gone


def listed(monitors: Sequence[Monitor], scheme: str = "display") -> str:
    """Return the names of monitors as outputs or inputs, with their sizes: `display://0 (1920×1080)`."""
    return ", ".join(
        f"{scheme}://{number} ({monitor.width}×{monitor.height})" for number, monitor in enumerate(monitors)
    )
