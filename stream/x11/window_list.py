"""List the windows of programs on an X server, with their titles."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stream.x11.x_server import X11, Rectangle, answering


@dataclass(frozen=True, slots=True)
class ListedWindow:
    """A window of a program.

    Attributes:
        number: its number on the X server; tools print it as `0x3a00007`.
        title: its title, without control characters.
        process: number of the process that it says it belongs to; None if it does not say.
    """

    number: int
    title: str
    process: int | None

    @property
    def is_own(self) -> bool:
        """Whether this process opened it."""
        return self.process == os.getpid()

    def __str__(self) -> str:
        return f"'{self.title}' ({self.number:#x})"


def list_windows(server: X11) -> list[ListedWindow]:
    """List the windows that have a title; with a window manager, minimised ones too.

    Raises:
        OSError: the X server is gone.
    """
    from Xlib.error import BadWindow

    found = []
    with answering():
        for window in _windows(server):
            try:
                title = _title(server, window)
                owner = window.get_full_property(server.display.intern_atom("_NET_WM_PID"), 0)
            except BadWindow:  # closed since it was listed
                continue
            process = int(owner.value[0]) if owner and len(owner.value) else None
            if title:
                found.append(ListedWindow(window.id, title, process))
    return found


def place_of(server: X11, number: int) -> Rectangle | None:
    """Return where the inside of a window lies on the desktop; None if it is closed or not shown.

    Raises:
        OSError: the X server is gone.
    """
    from Xlib import X
    from Xlib.error import BadDrawable, BadWindow

    window = server.display.create_resource_object("window", number)
    with answering():
        try:
            if window.get_attributes().map_state != X.IsViewable:
                return None
            inside = window.get_geometry()
            corner = inside.root.translate_coords(window, 0, 0)
        except (BadWindow, BadDrawable):
            return None
    return Rectangle(corner.x, corner.y, inside.width, inside.height)


def class_of(server: X11, number: int) -> str | None:
    """Return the class of a window (WM_CLASS), which names its program; None if it has none, or is closed.

    Raises:
        OSError: the X server is gone.
    """
    from Xlib.error import BadWindow

    with answering():
        try:
            found = server.display.create_resource_object("window", number).get_wm_class()
        except BadWindow:
            return None
    return str(found[1] or found[0]) if found else None


def _windows(server: X11) -> Iterator[Any]:
    """Yield the windows of programs: those that the window manager lists, else those on the root window."""
    root = server.display.screen().root
    listed = root.get_full_property(server.display.intern_atom("_NET_CLIENT_LIST"), 0)
    if listed:
        for number in listed.value:
            yield server.display.create_resource_object("window", int(number))
        return
    yield from filter(None, (_client(server, window) for window in root.query_tree().children))


def _client(server: X11, window: Any) -> Any | None:
    """Return a shown window on the root, or the program's own within a frame (ICCCM); None if not shown."""
    from Xlib import X
    from Xlib.error import BadWindow

    state = server.display.intern_atom("WM_STATE")
    try:
        if window.get_attributes().map_state != X.IsViewable:
            return None
        framed = (inner for inner in window.query_tree().children if inner.get_full_property(state, 0))
        return next(framed, window)
    except BadWindow:
        return None


def _title(server: X11, window: Any) -> str:
    utf8 = server.display.intern_atom("UTF8_STRING")
    for name in ("_NET_WM_NAME", "WM_NAME"):
        text = window.get_full_property(server.display.intern_atom(name), 0)
        if text and text.value:
            value = text.value if isinstance(text.value, bytes) else str(text.value).encode()
            words = value.decode("utf-8" if text.property_type == utf8 else "latin-1", "replace")
            return " ".join("".join(letter if letter.isprintable() else " " for letter in words).split())
    return ""
