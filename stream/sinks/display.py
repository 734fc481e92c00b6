"""Check that there is a display before a window is opened."""

import ctypes
import os
import sys

from engines.errors import SinkError

_HINT = "Use --headless and a file such as out.mp4"


def check_display() -> None:
    """Check that an X server answers, since Qt ends the whole process when it finds none.

    Raises:
        SinkError: DISPLAY is not set, or no server answers there.
    """
    if not sys.platform.startswith("linux"):
        return
    name = os.environ.get("DISPLAY")
    if not name:
        on_wayland = " (OpenCV's windows need XWayland)" if os.environ.get("WAYLAND_DISPLAY") else ""
        raise SinkError(f"There is no display: DISPLAY is not set{on_wayland}. {_HINT}.")
    try:
        xcb = ctypes.CDLL("libxcb.so.1")  # as Qt does, so that both are answered alike
    except OSError as error:
        raise SinkError(f"Windows need a library that is missing: apt install libxcb1. {_HINT}.") from error
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    refused = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    if refused:
        raise SinkError(f"The display '{name}' does not answer. {_HINT}, or set DISPLAY to one that does.")
