"""The window of `neteyes run`, on a display that nobody sees, with real keys."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from itertools import pairwise
from types import SimpleNamespace

import av
import numpy as np
import pytest

from engines.labels import LabelSpace
from neteyes.viewer import Viewer
from stream.controls import Controls
from stream.frame import Frame
from stream.sinks.window import Action

pytestmark = pytest.mark.alone


class Session:
    """`neteyes run` in a window, and a keyboard."""

    def __init__(self, display, folder, *words):
        self.folder = folder
        self.environment = {**os.environ, "DISPLAY": display, "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "-m", "neteyes", "run", *words]
        self.log = folder / "said.txt"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, cwd=folder, env=self.environment, stderr=log)
        self.xdotool("search", "--sync", "--onlyvisible", "--name", "neteyes")
        self.xdotool("mousemove", "100", "100")  # without a window manager, keys go to what is under it

    def xdotool(self, *words):
        subprocess.run(["xdotool", *words], env=self.environment, check=True, stdout=subprocess.DEVNULL)

    def press(self, *keys):
        for key in keys:
            self.xdotool("key", key)

    def press_until(self, key, condition, seconds=20):
        """Press a key again and again, as people do, until it has done something."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"{key} did nothing"
            self.press(key)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(0.3)

    def said(self):
        return self.log.read_text()

    def wait_until_said(self, words, seconds=20):
        """Wait for what a key does: of two equal ones between two looks of the window, one is seen."""
        deadline = time.monotonic() + seconds
        while words not in self.said():
            assert time.monotonic() < deadline, f"it never said: {words}"
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(0.05)

    def end(self):
        self.process.wait(20)
        return self.process.returncode, self.said()


@pytest.fixture
def session(virtual_display, tmp_path):
    opened = []

    def begin(*words):
        opened.append(Session(virtual_display[0], tmp_path, *words))
        return opened[-1]

    yield begin
    for one in opened:
        one.process.kill()
        one.process.wait()


def test_keys_change_the_loop_and_q_ends_it(session, tmp_path):
    words = ("scene://duel", "display://0", "a.mp4", "--report", "r.json", "--height", "256")
    window = session(*words)
    window.press_until("s", lambda: list(tmp_path.glob("neteyes-*.png")))
    window.press("Tab", "l", "m", "question", "f", "space", "Tab", "space")
    window.press_until("q", lambda: window.process.poll() is not None)
    code, err = window.end()
    assert (code, "Traceback" in err) == (0, False), err
    assert "Saved neteyes-" in err
    facts = json.loads((tmp_path / "r.json").read_text())
    assert facts["frames_out"] > 0
    assert [output["name"] for output in facts["outputs"]] == ["window", "a.mp4"]
    with av.open(str(tmp_path / "a.mp4")) as clip:
        assert sum(1 for _ in clip.decode(video=0)) == facts["outputs"][1]["written"]


def test_brackets_make_the_labels_stiller_and_looser(session, tmp_path):
    window = session("scene://duel", "--height", "256")
    window.press_until("s", lambda: list(tmp_path.glob("neteyes-*.png")))
    for key, level in (("bracketright", "0.8"), ("bracketleft", "0.7"), ("bracketleft", "0.6")):
        window.press(key)
        window.wait_until_said(f"Steadiness {level}")
    window.press_until("q", lambda: window.process.poll() is not None)
    code, err = window.end()
    assert (code, "Traceback" in err) == (0, False), err
    assert re.findall(r"Steadiness (\S+)", err) == ["0.8", "0.7", "0.6"], err


def test_ctrl_c_ends_a_loop_that_stands_still(session, tmp_path):
    window = session("scene://duel", "--height", "256")
    window.press_until("s", lambda: list(tmp_path.glob("neteyes-*.png")))
    window.press("space")
    asked = time.monotonic()
    window.process.send_signal(signal.SIGINT)
    code, err = window.end()
    assert time.monotonic() - asked < 3.5
    assert (code, "Traceback" in err) == (0, False), err


class Keyboard:
    """In a window's place: it shows nothing, and gives the actions it was made with, once."""

    def __init__(self, *actions):
        self.actions = list(actions)

    def show(self, view):
        return True

    def poll(self):
        actions, self.actions = self.actions, []
        return actions


def test_a_snapshot_that_cannot_be_saved_is_said_and_the_loop_goes_on(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    space = LabelSpace.load("voc")
    viewer = Viewer(Keyboard(Action.SNAPSHOT), Controls(space, space), None)
    view = np.zeros((64, 64, 3), np.uint8)
    viewer.write(Frame(0, 0.0, 0.0, view, view=view))
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    (said,) = viewer.attend(SimpleNamespace(paused=False))
    assert said.startswith("Cannot write 'neteyes-")
    monkeypatch.chdir(tmp_path)


def test_steadiness_stays_within_its_bounds_and_a_net_without_memory_says_so():
    space = LabelSpace.load("voc")
    controls, running = Controls(space, space, steadiness=0.85), SimpleNamespace(paused=False)

    def press(*actions):
        return Viewer(Keyboard(*actions), controls, None).attend(running)

    assert press(*[Action.STEADIER] * 3)[-1] == "Steadiness 1"
    controls.steadiness = 0.05
    assert press(Action.LOOSER) == ["Steadiness 0"]
    controls.steadiness = None
    (said,) = press(Action.STEADIER)
    assert "no memory" in said
    assert controls.steadiness is None


def test_escape_ends_the_loop(session):
    window = session("scene://room", "--height", "256")
    window.press_until("Escape", lambda: window.process.poll() is not None)
    assert window.end()[0] == 0


def test_a_film_ends_by_itself(session):
    window = session("scene://duel?seconds=1", "--no-pace", "--height", "256")
    code, err = window.end()
    assert code == 0, err


def test_keys_held_down_do_not_make_the_window_flash():
    space = LabelSpace.load("voc")
    shown = []
    keyboard = Keyboard(*[Action.HELP] * 30)
    keyboard.show = lambda view: shown.append(view.mean() > 100) or True
    viewer = Viewer(keyboard, Controls(space, space), None)
    white = np.full((120, 160, 3), 255, np.uint8)
    viewer.write(Frame(0, 0.0, 0.0, white, view=white))
    viewer.attend(SimpleNamespace(paused=True))
    assert sum(before != after for before, after in pairwise(shown)) <= 2
