import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engines.errors import SinkError
from stream.frame import Image
from stream.sinks import open_sink
from stream.sinks.window import KEYS, Action, action_of, help_lines

Display = tuple[str, Path]

PROGRAM = """
import numpy as np
import stream.sinks.clip  # a film in a window: PyAV and OpenCV in one process
from stream.frame import Frame
from stream.sinks.window import Action, Window

window = Window("neteyes test")
view = np.full((200, 300, 3), (40, 160, 240), np.uint8)
shown = 0
while window.write(Frame(0, 0.0, 0.0, view, view=view)):
    for action in window.poll():
        print(action.name, flush=True)
    shown += 1
    if shown == 20:
        print("shown", flush=True)
print("left", flush=True)
window.close()
"""


class Viewer:
    """A window in a process of its own, on a display that nobody sees."""

    def __init__(self, display: Display) -> None:
        self.name, self._screen = display
        self.environment = os.environ | {"DISPLAY": self.name}
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM], env=self.environment, stdout=subprocess.PIPE, text=True
        )
        assert self.read() == "shown"
        self.do("mousemove", "100", "100")  # without a window manager, keys go to what is under the mouse

    def read(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def do(self, *command: str) -> str:
        return subprocess.check_output(["xdotool", *command], env=self.environment, text=True)

    def press(self, key: str) -> str:
        """Press a key; return what the program made of it."""
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


@pytest.fixture
def viewer(virtual_display: Display) -> Iterator[Viewer]:
    viewer = Viewer(virtual_display)
    yield viewer
    viewer.process.kill()
    viewer.process.wait()
    if viewer.process.stdout:
        viewer.process.stdout.close()


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
        ("q", Action.QUIT),
        ("Escape", Action.QUIT),
    ]:
        assert viewer.press(key) == action.name


SHIFT, ALT_GR, LEFT, INSERT, REDO, ON_WINDOWS = 0xFFE1, 0xFE03, 0xFF51, 0xFF63, 0xFF66, 0x700000


@pytest.mark.timeout(60)
def test_a_key_that_only_changes_others_asks_for_nothing(viewer: Viewer) -> None:
    for modifier in ("Shift_L", "ISO_Level3_Shift", "Control_L"):
        viewer.do("keydown", modifier)
        viewer.do("keyup", modifier)
        assert viewer.press("Tab") == Action.VIEW.name
    assert {action_of(SHIFT), action_of(ALT_GR)} == {None}


def test_a_key_without_a_letter_is_not_taken_for_one() -> None:
    """The lowest byte of a few such keys is a letter of ours."""
    assert {action_of(key) for key in (LEFT, INSERT, REDO, ON_WINDOWS)} == {Action.OTHER}


def test_num_lock_changes_no_key() -> None:
    """GTK tells it in the bits above."""
    assert action_of(0x100000 | ord("q")) is Action.QUIT


@pytest.mark.timeout(60)
def test_the_view_is_seen_at_its_size_and_keeps_its_proportions(viewer: Viewer) -> None:
    def seen() -> tuple[int, int]:
        ys, xs = np.nonzero((viewer.screen() == (40, 160, 240)).all(axis=2))
        return (int(np.ptp(ys)) + 1, int(np.ptp(xs)) + 1) if len(ys) else (0, 0)

    while seen() == (0, 0):  # until the first frame has been drawn; the test's time limit ends it else
        pass
    assert seen() == (200, 300)
    window = viewer.do("search", "--sync", "--name", "neteyes test").split()[-1]
    viewer.do("windowsize", "--sync", window, "600", "300")
    viewer.press("x")
    while seen() == (200, 300):  # until the next frame has been drawn; the test's time limit ends it else
        viewer.press("x")
    assert seen() == pytest.approx((300, 450), abs=2)


@pytest.mark.timeout(60)
def test_closing_the_window_with_the_mouse_quits(virtual_display: Display) -> None:
    if shutil.which("openbox") is None:
        pytest.skip("openbox missing: apt install openbox")
    manager = subprocess.Popen(
        ["openbox"], env=os.environ | {"DISPLAY": virtual_display[0]}, stderr=subprocess.DEVNULL
    )
    try:
        viewer = Viewer(virtual_display)
        viewer.do("key", "alt+F4")
        rest, _ = viewer.process.communicate(timeout=30)
        assert rest.split()[-1] == "left"
        assert viewer.process.returncode == 0
    finally:
        manager.terminate()
        manager.wait()


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
