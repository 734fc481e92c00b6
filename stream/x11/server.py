"""Connect to an X server: its monitors, its pointer, the timer of its screen saver."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self

if TYPE_CHECKING:
    from Xlib.display import Display


class Monitor(NamedTuple):
    """A monitor: its place on the desktop and its size, in pixels."""

    left: int
    top: int
    width: int
    height: int


class X11:
    """A connection to the X server; use it on one thread only.

    Args:
        name: the display's name; by default that in DISPLAY.

    Raises:
        OSError: there is no X server, or it refuses the connection.
    """

    def __init__(self, name: str | None = None) -> None:
        try:
            from Xlib import error
            from Xlib.display import Display
        except ImportError as missing:  # it is installed on Linux only
            raise OSError("python-xlib is not installed") from missing
        try:
            self._display: Display = Display(name)
        except (error.DisplayError, error.ConnectionClosedError, error.XauthError) as refused:
            raise OSError(str(refused)) from refused
        self._display.set_error_handler(_ignore)  # a window may be gone by now
        self._windows: dict[str, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection, if the server has not."""
        with suppress(OSError), _answering():
            self._display.close()

    def monitors(self) -> list[Monitor]:
        """Return the monitors, in the order of the X server: the primary one first."""
        if self._display.has_extension("XINERAMA") and self._display.xinerama_is_active():
            screens = self._display.xinerama_query_screens().screens
            return [Monitor(screen.x, screen.y, screen.width, screen.height) for screen in screens]
        screen = self._display.screen()
        return [Monitor(0, 0, screen.width_in_pixels, screen.height_in_pixels)]

    def has_window_manager(self) -> bool:
        """Return whether a window manager runs, which full screen is asked of (EWMH)."""
        check = self._display.intern_atom("_NET_SUPPORTING_WM_CHECK")
        return self._display.screen().root.get_full_property(check, 0) is not None

    def show_pointer(self, title: str, shown: bool) -> None:
        """Show or hide the pointer over this process's window with that title.

        Raises:
            OSError: the X server is gone.
        """
        from Xlib import X

        with _answering():
            window = self._windows.get(title) or self._find(title)
            if window is None:
                return
            self._windows[title] = window
            window.change_attributes(cursor=X.NONE if shown else self._blank())
            self._display.flush()

    def reset_screen_saver(self) -> None:
        """Let the X server's screen saver and power saving begin to count anew.

        Raises:
            OSError: the X server is gone.
        """
        from Xlib import X

        with _answering():
            self._display.force_screen_saver(X.ScreenSaverReset)
            self._display.flush()

    def _blank(self) -> Any:
        """Return a cursor of one pixel that its mask leaves out."""
        nothing = self._display.screen().root.create_pixmap(1, 1, 1)
        context = nothing.create_gc(foreground=0)
        nothing.fill_rectangle(context, 0, 0, 1, 1)
        return nothing.create_cursor(nothing, (0, 0, 0), (0, 0, 0), 0, 0)

    def _find(self, title: str) -> Any | None:
        """Return the window of this process with that title."""
        from Xlib.error import BadWindow

        number = self._display.intern_atom("_NET_WM_PID")
        waiting = [self._display.screen().root]
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
def _answering() -> Iterator[None]:
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


def _ignore(*error: Any) -> None:
    pass
