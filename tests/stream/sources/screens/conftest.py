"""A desktop in memory, and windows of known colours on it."""

import gc
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import numpy as np
import pytest
from Xlib import X, Xatom
from Xlib.display import Display
from Xlib.protocol.event import ClientMessage

from stream.frame import Frame, Image
from stream.resilience.backoff import Backoff
from stream.sources import SourceMemory, open_source
from stream.sources.reconnect.feed import Feed
from stream.sources.reconnect.status import Status
from stream.uri import parse
from stream.x11.xlib_display import open_xlib
from tests.fixtures.machine import x_server

COLOURS = ((40, 160, 240), (10, 220, 10), (200, 30, 90), (0, 0, 0))
"""BGR of the quarters of a window, from the left above to the right below."""

ICONIC = 3
"""What a window asks its manager for, to be minimised (ICCCM)."""


LEAKS = pytest.mark.filterwarnings(
    "ignore:unclosed:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
"""python-xlib leaves the sockets of failed connections to the garbage collector."""


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    yield
    gc.collect()


def shots(name: str) -> Iterator[Frame]:
    return open_source(name).frames(threading.Event())


def lasting(name: str) -> Iterator[Frame]:
    """Read an input that is opened again, after short waits."""
    named = parse(name)
    status = Status(name)
    memory = SourceMemory(named, status.tally)
    feed = Feed(status, lambda: open_source(named, memory), backoff=Backoff(first=0.02, cap=0.05))
    try:
        yield from feed.frames(threading.Event())
    finally:
        feed.close()


def pattern(width: int, height: int) -> Image:
    """The picture of a window, uint8 (H, W, 3) BGR."""
    picture = np.empty((height, width, 3), np.uint8)
    for number, colour in enumerate(COLOURS):
        row, column = divmod(number, 2)
        top, left = row * (height // 2), column * (width // 2)
        picture[top : height if row else height // 2, left : width if column else width // 2] = colour
    return picture


def pixel(colour: tuple[int, int, int]) -> int:
    blue, green, red = colour
    return red << 16 | green << 8 | blue


class FlatWindow:
    """A window of four colours, which the X server draws by itself."""

    def __init__(
        self,
        server: Display,
        title: str,
        size: tuple[int, int],
        *,
        unmanaged: bool = False,
        process: int | None = None,
        program: str | None = None,
    ) -> None:
        self.server, self.title = server, title
        left, top = (0, 0) if unmanaged else (100, 80)
        self.window = server.screen().root.create_window(
            *(left, top, *size, 0),
            X.CopyFromParent,
            event_mask=X.StructureNotifyMask,
            override_redirect=unmanaged,
        )
        self._paint(*size)
        self.window.change_text_property(
            server.intern_atom("_NET_WM_NAME"), server.intern_atom("UTF8_STRING"), title.encode()
        )
        if process is not None:
            self.window.change_property(server.intern_atom("_NET_WM_PID"), Xatom.CARDINAL, 32, [process])
        if program is not None:
            self.window.set_wm_class(program, program)
        self.window.map()
        self.wait_for(X.MapNotify)

    def _paint(self, width: int, height: int) -> None:
        picture = self.window.create_pixmap(width, height, 24)
        context = picture.create_gc()
        for number, colour in enumerate(COLOURS):
            row, column = divmod(number, 2)
            context.change(foreground=pixel(colour))
            picture.fill_rectangle(context, column * (width // 2), row * (height // 2), width, height)
        self.window.change_attributes(background_pixmap=picture)
        self.window.clear_area()

    def wait_for(self, kind: int, until: Callable[[], bool] = lambda: True) -> None:
        """Wait for an event of the window after which `until` holds."""
        while not (self.server.next_event().type == kind and until()):
            pass

    def configure(self, **change: int) -> None:
        """Move the window, or give it another size and its picture for that."""
        self.window.configure(**change)
        self.wait_for(X.ConfigureNotify, lambda: self._has(change))
        if "width" in change:
            self._paint(change["width"], change["height"])
        self.server.sync()

    def _has(self, change: dict[str, int]) -> bool:
        now = self.window.get_geometry()
        return all(getattr(now, key) == change[key] for key in ("width", "height") if key in change)

    def minimise(self) -> None:
        root = self.server.screen().root
        kind = self.server.intern_atom("WM_CHANGE_STATE")
        asked = ClientMessage(window=self.window, client_type=kind, data=(32, [ICONIC, 0, 0, 0, 0]))
        root.send_event(asked, event_mask=X.SubstructureRedirectMask | X.SubstructureNotifyMask)
        self.wait_for(X.UnmapNotify)

    def restore(self) -> None:
        self.window.map()
        self.wait_for(X.MapNotify)

    def close(self) -> None:
        self.window.destroy()
        self.server.sync()


OpenWindow = Callable[..., FlatWindow]


@pytest.fixture(scope="module")
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A display with a window manager; its name."""
    if shutil.which("openbox") is None:
        pytest.skip("openbox missing: apt install openbox")
    with x_server(tmp_path_factory.mktemp("screen")) as (name, _):
        server = open_xlib(name)
        root, told = server.screen().root, server.intern_atom("_NET_CLIENT_LIST")
        root.change_attributes(event_mask=X.PropertyChangeMask)
        server.sync()
        manager = subprocess.Popen(["openbox"], env=os.environ | {"DISPLAY": name}, stderr=subprocess.DEVNULL)
        while not root.get_full_property(told, 0):
            server.next_event()
        yield name
        server.close()
        manager.terminate()
        manager.wait()


@pytest.fixture
def open_window(desktop: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenWindow]:
    """`open_window("title", (320, 200))` opens a window on the desktop, whose display becomes ours."""
    monkeypatch.setenv("DISPLAY", desktop)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with ExitStack() as opened:

        def start(
            title: str,
            size: tuple[int, int] = (320, 200),
            *,
            unmanaged: bool = False,
            process: int | None = None,
            program: str | None = None,
        ) -> FlatWindow:
            server = open_xlib(desktop)
            opened.callback(server.close)  # which closes its window
            return FlatWindow(server, title, size, unmanaged=unmanaged, process=process, program=program)

        yield start
