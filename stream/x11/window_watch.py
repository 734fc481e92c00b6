"""Follow one window: where it is, and whether it can be read."""

from __future__ import annotations

from stream.x11.window_list import place_of
from stream.x11.x_server import X11, Rectangle, answering


class WatchedWindow:
    """Keep the whole picture of a window readable by its number, also where others cover it (XComposite).

    While the server's connection is open, the X server draws the window into memory of its own, and
    from there onto the screen. Moves, new sizes and the end are events of the server (`X11.has_changed`).

    Args:
        server: the X server; it has the extension `Composite`.
        number: the window's number.

    Raises:
        OSError: the X server is gone.
    """

    def __init__(self, server: X11, number: int) -> None:
        from Xlib import X
        from Xlib.ext import composite

        self.number = number
        self._server = server
        window = server.display.create_resource_object("window", number)
        with answering():
            window.change_attributes(event_mask=X.StructureNotifyMask)
            window.composite_redirect_window(composite.RedirectAutomatic)
            watch_desktop(server)

    def place(self) -> Rectangle | None:
        """Return where its inside lies on the desktop; None while it is minimised or on another desktop."""
        return place_of(self._server, self.number)

    def exists(self) -> bool:
        """Return whether the window has not been closed.

        Raises:
            OSError: the X server is gone.
        """
        from Xlib.error import BadWindow

        with answering():
            try:
                self._server.display.create_resource_object("window", self.number).get_attributes()
            except BadWindow:
                return False
        return True


def watch_desktop(server: X11) -> None:
    """Ask the server for an event when a window opens, moves or closes, or the desktop changes its size.

    Raises:
        OSError: the X server is gone.
    """
    from Xlib import X

    with answering():
        root = server.display.screen().root
        # The window manager tells by a property that it has added a window to its list.
        events = X.StructureNotifyMask | X.SubstructureNotifyMask | X.PropertyChangeMask
        root.change_attributes(event_mask=events)
        server.display.sync()
