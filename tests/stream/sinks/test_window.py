import os
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from engines.errors import SinkError
from stream.frame import Image
from stream.sinks import open_sink
from stream.sinks.window_keys import KEYS, Action, KeyPress, help_lines, key_of
from stream.x11.x_server import X11
from stream.x11.xlib_display import open_xlib

Display = tuple[str, Path]

PROGRAM = """
import sys
import numpy as np
import stream.sinks.clip  # a film in a window: PyAV and OpenCV in one process
from stream.frame import Frame
from stream.sinks.window import Window
from stream.sinks.window_keys import Action, Click, KeyPress

words = sys.argv[1:]
monitor = int(words[words.index("monitor") + 1]) if "monitor" in words else 0
window = Window("neteyes test", monitor=monitor, full_screen="full" in words, fill="fill" in words)
view = np.full((200, 300, 3), (40, 160, 240), np.uint8)
view[:, :20] = (10, 220, 10)
shown = 0
while window.write(Frame(0, 0.0, 0.0, view, view=view)):
    for event in window.poll():
        if isinstance(event, Click):
            print("click", *(event.on_view or ["nothing"]), flush=True)
        elif isinstance(event, KeyPress):
            if event.action is Action.FULL_SCREEN:
                window.full_screen = not window.full_screen
            print(event.action.name, flush=True)
    shown += 1
    if shown == 20:
        print("shown", flush=True)
print("left", flush=True)
window.close()
"""

VIEW, EDGE = (40, 160, 240), (10, 220, 10)


class Viewer:
    """A window in a process of its own, on a virtual display."""

    def __init__(self, display: Display, *words: str) -> None:
        self.name, self._screen = display
        self.environment = os.environ | {"DISPLAY": self.name}
        self.environment.pop("DBUS_SESSION_BUS_ADDRESS", None)
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *words], env=self.environment, stdout=subprocess.PIPE, text=True
        )
        assert self.read() == "shown"
        self.do("mousemove", "100", "100")  # without a window manager, keys go to what is under the mouse

    def read(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def do(self, *command: str) -> str:
        return subprocess.check_output(["xdotool", *command], env=self.environment, text=True)

    def press(self, key: str) -> str:
        """Press a key; return the program's answer."""
        self.do("key", key)
        return self.read()

    def screen(self) -> Image:
        """The whole screen, BGR."""
        data = self._screen.read_bytes()
        header, *_ = struct.unpack(">I", data[:4])
        width, height = struct.unpack(">II", data[16:24])
        stride, colours = struct.unpack(">I", data[48:52])[0], struct.unpack(">I", data[76:80])[0]
        pixels = np.frombuffer(data, np.uint8, height * stride, header + 12 * colours)
        return pixels.reshape(height, stride // 4, 4)[:, :width, :3]

    def seen(self, colour: tuple[int, int, int]) -> tuple[int, int, int, int]:
        """Return left, top, width and height of a colour on the screen."""
        close = (
            np.abs(self.screen().astype(int) - colour).max(axis=2) < 60
        )  # scaling mixes them at the border
        ys, xs = np.nonzero(close)
        if not len(ys):
            return 0, 0, 0, 0
        return int(xs.min()), int(ys.min()), int(np.ptp(xs)) + 1, int(np.ptp(ys)) + 1

    def wait_until_seen(self, colour: tuple[int, int, int], box: tuple[int, int, int, int]) -> None:
        """Wait until the screen has that colour in that box, give or take two pixels."""
        while self.seen(colour) != pytest.approx(box, abs=2):  # the test's time limit ends it else
            pass

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


@pytest.fixture
def viewer(virtual_display: Display) -> Iterator[Viewer]:
    viewer = Viewer(virtual_display)
    yield viewer
    viewer.end()


@pytest.fixture
def open_viewer(virtual_display: Display, window_manager: None) -> Iterator[Callable[..., Viewer]]:
    """`open_viewer("full", "fill", "monitor", "1")` opens a window where there is a window manager."""
    opened = []

    def begin(*words: str) -> Viewer:
        opened.append(Viewer(virtual_display, *words))
        return opened[-1]

    yield begin
    for viewer in opened:
        viewer.end()


@pytest.mark.timeout(60)
def test_keys_pressed_in_the_window_come_back_as_actions(viewer: Viewer) -> None:
    for key, action in [
        ("space", Action.PAUSE),
        ("s", Action.SNAPSHOT),
        ("Tab", Action.VIEW),
        ("m", Action.MIRROR),
        ("l", Action.FREEZE),
        ("question", Action.HELP),
        ("x", Action.OTHER),
        ("f", Action.FULL_SCREEN),
        ("r", Action.RECORD),
        ("q", Action.QUIT),
        ("Escape", Action.LEAVE),
    ]:
        assert viewer.press(key) == action.name


SHIFT, ALT_GR, LEFT, INSERT, REDO, ON_WINDOWS = 0xFFE1, 0xFE03, 0xFF51, 0xFF63, 0xFF66, 0x700000


@pytest.mark.timeout(60)
def test_a_key_that_only_changes_others_asks_for_nothing(viewer: Viewer) -> None:
    for modifier in ("Shift_L", "ISO_Level3_Shift", "Control_L"):
        viewer.do("keydown", modifier)
        viewer.do("keyup", modifier)
        assert viewer.press("Tab") == Action.VIEW.name
    assert {key_of(SHIFT), key_of(ALT_GR)} == {None}


def test_a_key_without_a_letter_is_not_taken_for_one() -> None:
    """The lowest byte of a few such keys is a letter of ours."""
    assert {_action(code) for code in (LEFT, INSERT, REDO, ON_WINDOWS)} == {Action.OTHER}


def test_num_lock_changes_no_key() -> None:
    """GTK tells it in the bits above."""
    assert _action(0x100000 | ord("q")) is Action.QUIT


def _action(code: int) -> Action:
    key = key_of(code)
    assert isinstance(key, KeyPress)
    return key.action


@pytest.mark.timeout(60)
def test_the_view_is_seen_at_its_size_and_keeps_its_proportions(viewer: Viewer) -> None:
    def size() -> tuple[int, int]:
        left, _, _, height = viewer.seen(EDGE)
        right = sum(viewer.seen(VIEW)[::2])
        return height, right - left

    while size() == (0, 0):  # until the first frame has been drawn; the test's time limit ends it else
        pass
    assert size() == (200, 300)
    window = viewer.do("search", "--sync", "--name", "neteyes test").split()[-1]
    viewer.do("windowsize", "--sync", window, "600", "300")
    viewer.press("x")
    while size() == (200, 300):  # until the next frame has been drawn; the test's time limit ends it else
        viewer.press("x")
    assert size() == pytest.approx((300, 450), abs=2)


@pytest.mark.timeout(60)
def test_closing_the_window_with_the_mouse_quits(open_viewer: Callable[..., Viewer]) -> None:
    viewer = open_viewer()
    viewer.do("key", "alt+F4")
    rest, _ = viewer.process.communicate(timeout=30)
    assert rest.split()[-1] == "left"
    assert viewer.process.returncode == 0


@pytest.mark.timeout(60)
def test_full_screen_shows_all_of_the_view_between_bars_and_is_left_for_a_window_of_its_shape(
    open_viewer: Callable[..., Viewer],
) -> None:
    viewer = open_viewer("full")
    viewer.wait_until_seen(EDGE, (100, 0, 72, 720))  # 300x200 at 3.6 on a screen of 1280x720
    assert viewer.seen(VIEW) == pytest.approx((172, 0, 1008, 720), abs=4)
    viewer.press("f")
    while viewer.seen(EDGE)[2:] != pytest.approx((20, 200), abs=2):  # as above
        pass


@pytest.mark.timeout(60)
def test_a_filled_screen_has_no_bars_and_loses_the_edges(open_viewer: Callable[..., Viewer]) -> None:
    viewer = open_viewer("full", "fill")
    viewer.wait_until_seen(EDGE, (0, 0, 85, 720))  # 300x200 at 4.27: 67 pixels are cut off above and below
    assert viewer.seen(VIEW) == pytest.approx((85, 0, 1195, 720), abs=4)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("words", "at", "said"),
    [
        (["full"], (640, 360), "click 150 100"),
        (["full"], (101, 719), "click 0 199"),
        (["full", "fill"], (0, 0), "click 0 15"),
        (["full", "fill"], (1279, 719), "click 299 184"),
    ],
)
def test_a_click_is_told_in_the_pixels_of_the_view(
    open_viewer: Callable[..., Viewer], words: list[str], at: tuple[int, int], said: str
) -> None:
    viewer = open_viewer(*words)
    while viewer.seen(EDGE)[3] != 720:  # the test's time limit ends it else
        pass
    viewer.do("mousemove", str(at[0]), str(at[1]), "click", "1")
    assert viewer.read() == said


@pytest.mark.timeout(60)
def test_a_click_on_a_bar_is_on_nothing(open_viewer: Callable[..., Viewer]) -> None:
    viewer = open_viewer("full")
    viewer.wait_until_seen(EDGE, (100, 0, 72, 720))
    viewer.do("mousemove", "50", "300", "click", "1")
    assert viewer.read() == "click nothing"


@pytest.mark.timeout(60)
@pytest.mark.parametrize("monitors", [2])
def test_the_second_monitor_is_chosen_by_its_number(open_viewer: Callable[..., Viewer]) -> None:
    viewer = open_viewer("full", "monitor", "1")
    viewer.wait_until_seen(EDGE, (1280 + 100, 0, 72, 720))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("monitors", [2])
def test_full_screen_needs_no_window_manager(virtual_display: Display) -> None:
    viewer = Viewer(virtual_display, "full", "monitor", "1")
    try:
        viewer.wait_until_seen(EDGE, (1280 + 100, 0, 72, 720))
        viewer.do("mousemove", "1400", "100")
        viewer.press("f")
        while viewer.seen(EDGE)[2:] != pytest.approx((20, 200), abs=2):  # the test's time limit ends it else
            pass
    finally:
        viewer.end()


@pytest.mark.timeout(60)
def test_a_monitor_that_is_not_there_is_said_with_those_that_are(
    virtual_display: Display, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", virtual_display[0])
    with pytest.raises(SinkError, match=r"no monitor 1. Known: display://0 \(1280×720\)"):
        open_sink("display://1")


@pytest.mark.alone  # it measures how long the pointer rests
@pytest.mark.timeout(60)
def test_the_pointer_goes_when_it_rests_and_comes_back_when_it_moves(viewer: Viewer) -> None:
    def visible() -> bool:  # the server takes the pointer off the screen while it repaints what is below
        return any((viewer.screen()[100:110, 100:110] != VIEW).any() for _ in range(20))

    while not visible():  # the test's time limit ends it else
        pass
    seen = time.monotonic()
    while visible():
        pass
    assert time.monotonic() - seen > 1
    viewer.do("mousemove", "101", "101")
    while not visible():
        pass


@pytest.mark.timeout(60)
def test_the_time_of_the_screen_saver_begins_anew(virtual_display: Display) -> None:
    server = open_xlib(virtual_display[0])

    def idle() -> int:
        return int(server.screen().root.screensaver_query_info().idle)

    try:
        while idle() < 100:
            time.sleep(0.02)
        with X11(virtual_display[0]) as own:
            own.reset_screen_saver()
            own.monitors()  # an answer, so the reset before it has been done
        assert idle() < 100
    finally:
        server.close()


@pytest.mark.timeout(60)
def test_an_x_server_that_is_gone_is_an_os_error_and_may_be_closed() -> None:
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb missing: apt install xvfb")
    read, write = os.pipe()
    process = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write)], pass_fds=[write], stderr=subprocess.DEVNULL
    )
    os.close(write)
    with os.fdopen(read) as answer, X11(f":{answer.readline().strip()}") as server:
        process.kill()
        process.wait()
        for _ in range(2):
            with pytest.raises(OSError, match="closed"):
                server.reset_screen_saver()
        with pytest.raises(OSError, match="closed"):
            server.show_pointer("neteyes", False)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X11 is Linux's")
@pytest.mark.parametrize("display", [None, ":7777", "nonsense"])
def test_no_display_is_said_with_a_way_out(monkeypatch: pytest.MonkeyPatch, display: str | None) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    if display:
        monkeypatch.setenv("DISPLAY", display)
    with pytest.raises(SinkError, match=r"display.*--headless and a file"):
        open_sink("display://0")


def test_the_help_names_every_key() -> None:
    text = "\n".join(help_lines())
    for key, action in KEYS.items():
        assert action.value in text
        assert (key if key.isprintable() and key != " " else "") in text
    assert "Esc" in text
