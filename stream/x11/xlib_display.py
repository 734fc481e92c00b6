"""Open Xlib's connection to an X server, and put its refusals into two kinds of error."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from Xlib.display import Display

_opening = threading.Lock()


def open_xlib(name: str | None) -> Display:
    """Open a connection.

    Args:
        name: the display's name; None for that in DISPLAY.

    Raises:
        PermissionError: the X server lets only those in who have its key (Xauthority).
        OSError: there is no X server, or it refuses the connection.
    """
    try:
        from Xlib import error
    except ImportError as missing:  # it is installed on Linux only
        raise OSError("python-xlib is not installed") from missing
    try:
        with _opening:
            display = _with_own_tables(name)
    except (error.DisplayError, error.ConnectionClosedError, error.XauthError) as refused:
        if re.search(r"(?i)protocol spec|authori|cookie|invalid .* key", str(refused)):
            raise PermissionError(str(refused)) from refused
        raise OSError(str(refused)) from refused
    display.set_error_handler(_ignore)  # a window may be gone by now
    return display


def _with_own_tables(name: str | None) -> Display:
    """Open a connection that keeps its server's numbers to itself.

    Xlib keeps the numbers of extensions, their events and errors in tables that all connections share.
    Servers give different numbers, so a second server, or another one after a new login, would break them.
    """
    from Xlib import error
    from Xlib.display import Display
    from Xlib.protocol import display as protocol
    from Xlib.protocol import event

    tables: dict[str, Any] = {
        "extension_major_opcodes": {},
        "error_classes": error.xerror_class.copy(),
        "event_classes": event.event_class.copy(),
    }
    for table, first in tables.items():
        setattr(protocol.Display, table, first)  # which opening fills
    display = Display(name)
    for table, filled in tables.items():
        setattr(display.display, table, filled)
    return display


def _ignore(*error: Any) -> None:
    pass
