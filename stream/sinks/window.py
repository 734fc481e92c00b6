"""Show views in a window and return its events. Use a window only on the thread that opened it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import cv2

from engines.errors import SinkError
from stream.fit import Size
from stream.frame import Frame, Image
from stream.sinks.awake import ScreenAwake
from stream.sinks.desktop import Desktop
from stream.sinks.display import check_display
from stream.sinks.window_keys import Click, Event, WindowClosed, key_of
from stream.sinks.window_placement import Placement
from stream.views.layouts import view_of

POINTER_SECONDS = 2.0
"""Seconds without a movement after which the pointer is hidden."""

Draw = Callable[[Image, Placement], Image]
"""Draws over a view that is already in the window's pixels, uint8 (H, W, 3) BGR; returns what is shown."""


class Window:
    """A window that keeps the proportions of what it shows, however it is resized.

    Call every method on the thread that opened the window. Call `poll` 30 times a second or more, whether
    frames come or not: otherwise the window freezes. While it is open, the screen stays awake.
    """

    keeps_all = False

    def __init__(
        self,
        title: str = "neteyes",
        *,
        monitor: int = 0,
        full_screen: bool = False,
        fill: bool = False,
    ) -> None:
        """Open the window.

        Args:
            title: its title.
            monitor: number of the monitor, from 0.
            full_screen: whether it begins in full screen.
            fill: fill the window and cut the view's edges off, instead of black bars.

        Raises:
            SinkError: there is no display, no such monitor, or this OpenCV was built without windows.
        """
        check_display()
        self._desktop = Desktop(monitor)
        self._title, self._fill = title, fill
        self._placement: Placement | None = None
        self._shape: Size | None = None
        self._height: int | None = None
        self._covers = False
        self._clicks: list[tuple[int, int]] = []
        self._moved_at = time.monotonic()
        self._open = True
        try:
            cv2.namedWindow(title, cv2.WINDOW_NORMAL | cv2.WINDOW_FREERATIO | cv2.WINDOW_GUI_NORMAL)
        except cv2.error as error:
            self._desktop.close()
            raise SinkError(
                "This OpenCV has no windows. Install opencv-python in place of opencv-python-headless, "
                "or use --headless and a file such as out.mp4."
            ) from error
        cv2.setMouseCallback(title, self._on_mouse)
        if self._desktop.monitor and self._desktop.has_several:
            left, top, width, height = self._desktop.monitor
            cv2.moveWindow(title, left + width // 8, top + height // 8)
        if full_screen:
            self.full_screen = True
        self._awake = ScreenAwake()

    def write(self, frame: Frame) -> bool:
        """Show the frame's view; False once the window has been closed."""
        return self.show(view_of(frame))

    def show(self, view: Image, draw: Draw | None = None, *, whole: bool = False) -> bool:
        """Show a view; return False once the window has been closed.

        Args:
            view: uint8 (H, W, 3) BGR; it is not changed.
            draw: draws over the view in the window's pixels.
            whole: show the whole view, also where the window is to be filled.
        """
        if not self._is_open():
            return False
        if view.shape[:2] != self._shape:
            self._adapt(view.shape[:2])
        _, _, width, height = cv2.getWindowImageRect(self._title)
        window = max(1, height), max(1, width)
        self._placement = Placement(view.shape[:2], window, self._fill and not whole)
        shown = self._placement.draw(view)
        cv2.imshow(self._title, draw(shown, self._placement) if draw else shown)
        return True

    def poll(self) -> list[Event]:
        """Return the events since the last call, keys and clicks each in their order, and stay responsive."""
        if not self._open:
            return []
        events: list[Event] = []
        while (code := cv2.pollKey()) != -1:
            if key := key_of(code):
                events.append(key)
        for x, y in self._clicks:
            if self._placement:
                events.append(Click(x, y, self._placement.to_view(x, y), self._placement.window))
        self._clicks.clear()
        if not self._is_open():
            return [*events, WindowClosed()]
        self._desktop.show_pointer(self._title, time.monotonic() - self._moved_at < POINTER_SECONDS)
        return events

    @property
    def full_screen(self) -> bool:
        """Whether the window covers its monitor."""
        if not self._is_open():
            return False
        mode = cv2.getWindowProperty(self._title, cv2.WND_PROP_FULLSCREEN)
        return self._covers or mode == cv2.WINDOW_FULLSCREEN

    @full_screen.setter
    def full_screen(self, wanted: bool) -> None:
        if not self._is_open() or wanted == self.full_screen:
            return
        if wanted:
            self._height = cv2.getWindowImageRect(self._title)[3] if self._shape else None
        if wanted and self._desktop.monitor and self._desktop.lacks_window_manager:
            left, top, width, height = self._desktop.monitor
            cv2.moveWindow(self._title, left, top)
            cv2.resizeWindow(self._title, width, height)
            self._covers = True
        else:
            mode = cv2.WINDOW_FULLSCREEN if wanted else cv2.WINDOW_NORMAL
            cv2.setWindowProperty(self._title, cv2.WND_PROP_FULLSCREEN, mode)
        if not wanted:
            self._covers = False
            if self._shape:
                self._resize(self._shape, self._height or self._shape[0])

    def close(self) -> None:
        """Close the window, if the viewer has not closed it, and let the screen sleep again."""
        self._awake.close()
        if self._is_open():
            self._open = False
            cv2.destroyWindow(self._title)
            cv2.pollKey()
        self._desktop.close()

    def _is_open(self) -> bool:
        if self._open:
            try:
                self._open = cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) >= 1
            except cv2.error:  # Qt ends with its last window, and raises this error then
                self._open = False
        return self._open

    def _adapt(self, shape: Size) -> None:
        """Give the window the proportions of a view of another shape, at the height it has."""
        if not self.full_screen:
            height = shape[0] if self._shape is None else cv2.getWindowImageRect(self._title)[3]
            self._resize(shape, height)
        self._shape = shape

    def _resize(self, shape: Size, height: int) -> None:
        cv2.resizeWindow(self._title, round(height * shape[1] / shape[0]), height)

    def _on_mouse(self, event: int, x: int, y: int, flags: int, data: Any) -> None:
        self._moved_at = time.monotonic()
        if event == cv2.EVENT_LBUTTONDOWN:
            self._clicks.append((x, y))
