"""Connect to the display whose screen is read, or say what serves in its place."""

from __future__ import annotations

import os
import sys

from engines.errors import SourceError
from stream.x11.x_server import X11

INSTEAD = (
    "Share the screen from a browser instead: start `neteyes serve` and press the page's screen button. Or "
    "let OBS Studio capture it, start its virtual camera, and take that: neteyes run camera://OBS"
)
"""What shows a screen that cannot be read here."""


def open_display(*, whole_screen: bool) -> X11:
    """Connect to the X server named by DISPLAY.

    Args:
        whole_screen: whether a monitor is to be read; on Wayland only windows of X programs can be.

    Raises:
        SourceError: there is no X server, it does not answer or lets nobody in, or its screen cannot be read.
    """
    if sys.platform in ("win32", "darwin"):
        system = "Windows" if sys.platform == "win32" else "macOS"
        raise SourceError(
            f"screen:// reads the screens of Linux (X11), not of {system}. {INSTEAD}", "no video"
        )
    name, on_wayland = os.environ.get("DISPLAY"), bool(os.environ.get("WAYLAND_DISPLAY"))
    if not name and on_wayland:
        raise SourceError(
            f"On Wayland no program may read the screen without its consent. {INSTEAD}", "denied"
        )
    if not name:
        raise SourceError(
            "There is no screen: DISPLAY is not set. Run neteyes in the desktop's own session, or set "
            "DISPLAY to its display: `DISPLAY=:0 neteyes run screen://`.",
            "not found",
        )
    try:
        server = X11(name)
    except PermissionError as refused:
        raise SourceError(
            f"The display '{name}' lets in only its own user, and does not know this one ({_key()}). "
            "Run neteyes as the user of the desktop, or set XAUTHORITY to the file that `xauth info` names "
            "there.",
            "denied",
        ) from refused
    except OSError as error:
        raise SourceError(
            f"The display '{name}' does not answer. Set DISPLAY to one that does: `echo $DISPLAY` in a "
            "terminal of the desktop tells it.",
            "unreachable",
        ) from error
    if whole_screen and server.is_xwayland:
        server.close()
        raise SourceError(
            "On Wayland no program may read the whole screen. The window of an X program can be read: "
            f"screen://?window=TITLE; `neteyes screens` lists them. {INSTEAD}",
            "denied",
        )
    return server


def _key() -> str:
    """Return where the key of the display is looked for (Xauthority)."""
    file = os.environ.get("XAUTHORITY")
    return f"XAUTHORITY is {file}" if file else "the key is looked for in ~/.Xauthority"
