"""Show views in a window and return the pressed keys. Use a window only on the thread that opened it."""

from __future__ import annotations

import ctypes
import os
import sys
from enum import Enum

import cv2

from engines.errors import SinkError
from stream.fit import Size, letterbox
from stream.frame import Frame, Image
from stream.views.layouts import view_of


class Action(Enum):
    """The actions that a key in the window can ask for."""

    QUIT = "quit"
    PAUSE = "pause, and go on"
    SNAPSHOT = "save a snapshot"
    VIEW = "next view"
    MIRROR = "mirror left and right"
    FULL_SCREEN = "full screen"
    FREEZE = "freeze the labels"
    LOOSER = "labels follow faster"
    STEADIER = "labels hold stiller"
    HELP = "these keys"
    OTHER = "any other key"


KEYS = {
    "q": Action.QUIT,
    "\x1b": Action.QUIT,
    " ": Action.PAUSE,
    "s": Action.SNAPSHOT,
    "\t": Action.VIEW,
    "m": Action.MIRROR,
    "f": Action.FULL_SCREEN,
    "l": Action.FREEZE,
    "[": Action.LOOSER,
    "]": Action.STEADIER,
    "?": Action.HELP,
}

_SPELLED = {"\x1b": "Esc", " ": "space", "\t": "Tab"}

_MODIFIERS = {*range(0xFFE1, 0xFFEF), 0xFE03}
"""Shift, Ctrl, locks, Alt, Meta, Super, Hyper and AltGr, as X11 numbers them (keysymdef.h)."""


def action_of(code: int) -> Action | None:
    """Return the action of a key; None for a modifier alone, such as the Shift of a `?`.

    Args:
        code: what `cv2.pollKey` returned: the character, or the window system's number of a key without one.
    """
    code &= 0xFFFF  # the bits above hold modifiers in GTK, and keys without a character in Windows
    return None if code in _MODIFIERS else KEYS.get(chr(code), Action.OTHER)


def help_lines() -> list[str]:
    """Return one line for each action, `keys<tab>meaning`, for a card of text."""
    keys: dict[Action, list[str]] = {}
    for key, action in KEYS.items():
        keys.setdefault(action, []).append(_SPELLED.get(key, key))
    return [f"{', '.join(names)}\t{action.value}" for action, names in keys.items()]


class Window:
    """A window that keeps the proportions of what it shows, however it is resized.

    Call every method on the thread that opened the window. Call `poll` 30 times a second or more, whether
    frames come or not: otherwise the window freezes.
    """

    keeps_all = False

    def __init__(self, title: str = "neteyes") -> None:
        """Open the window.

        Raises:
            SinkError: there is no display, or this OpenCV was built without windows.
        """
        check_display()
        self._title = title
        self._shape: Size | None = None
        self._open = True
        try:
            cv2.namedWindow(title, cv2.WINDOW_NORMAL | cv2.WINDOW_FREERATIO | cv2.WINDOW_GUI_NORMAL)
        except cv2.error as error:
            raise SinkError(
                "This OpenCV has no windows. Install opencv-python in place of opencv-python-headless, "
                "or use --headless and a file such as out.mp4."
            ) from error

    def write(self, frame: Frame) -> bool:
        """Show the frame's view; False once the window has been closed."""
        return self.show(view_of(frame))

    def show(self, view: Image) -> bool:
        """Show uint8 (H, W, 3) BGR, letterboxed in black; False once the window has been closed."""
        if not self._is_open():
            return False
        if view.shape[:2] != self._shape:
            self._adapt(view.shape[:2])
        _, _, width, height = cv2.getWindowImageRect(self._title)
        cv2.imshow(self._title, letterbox(view, (max(1, height), max(1, width))))
        return True

    def poll(self) -> list[Action]:
        """Return the actions since the last call, oldest first, and keep the window responsive.

        Closing the window with the mouse is `QUIT`. Full screen is handled here.
        """
        if not self._open:
            return []
        actions = []
        while (code := cv2.pollKey()) != -1:
            if action := action_of(code):
                actions.append(action)
        if not self._is_open():
            return [*actions, Action.QUIT]
        if actions.count(Action.FULL_SCREEN) % 2:
            self._toggle_full_screen()
        return actions

    def close(self) -> None:
        """Close the window, if the viewer has not closed it."""
        if self._is_open():
            self._open = False
            cv2.destroyWindow(self._title)
            cv2.pollKey()

    def _is_open(self) -> bool:
        if self._open:
            try:
                self._open = cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) >= 1
            except cv2.error:  # Qt ends with its last window, and raises this error then
                self._open = False
        return self._open

    def _adapt(self, shape: Size) -> None:
        """Give the window the proportions of a view of another shape, at the height it has."""
        if not self._full_screen:
            height = shape[0]
            if self._shape is not None:
                height = cv2.getWindowImageRect(self._title)[3]
            cv2.resizeWindow(self._title, round(height * shape[1] / shape[0]), height)
        self._shape = shape

    @property
    def _full_screen(self) -> bool:
        return cv2.getWindowProperty(self._title, cv2.WND_PROP_FULLSCREEN) == cv2.WINDOW_FULLSCREEN

    def _toggle_full_screen(self) -> None:
        wanted = cv2.WINDOW_NORMAL if self._full_screen else cv2.WINDOW_FULLSCREEN
        cv2.setWindowProperty(self._title, cv2.WND_PROP_FULLSCREEN, wanted)


def check_display() -> None:
    """Check that an X server answers, since Qt ends the whole process when it finds none.

    Raises:
        SinkError: DISPLAY is not set, or no server answers there.
    """
    if not sys.platform.startswith("linux"):
        return
    name = os.environ.get("DISPLAY")
    hint = "Use --headless and a file such as out.mp4"
    if not name:
        on_wayland = " (OpenCV's windows need XWayland)" if os.environ.get("WAYLAND_DISPLAY") else ""
        raise SinkError(f"There is no display: DISPLAY is not set{on_wayland}. {hint}.")
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError as error:
        raise SinkError(f"Windows need a library that is missing: apt install libxcb1. {hint}.") from error
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    refused = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    if refused:
        raise SinkError(f"The display '{name}' does not answer. {hint}, or set DISPLAY to one that does.")
