"""The window of `neteyes run`, on a display that nobody sees, with real keys."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress

import av
import pytest

pytestmark = pytest.mark.alone


class Session:
    """`neteyes run` in a window, and a keyboard."""

    def __init__(self, display, folder, *words):
        self.folder = folder
        self.environment = {**os.environ, "DISPLAY": display, "PYTHONUNBUFFERED": "1"}
        self.environment.pop("DBUS_SESSION_BUS_ADDRESS", None)
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
        self.wait_until(lambda: words in self.said(), f"it never said: {words}", seconds)

    def wait_until(self, condition, complaint="nothing happened", seconds=20):
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, complaint
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(0.05)

    def size(self):
        """Width and height of the window."""
        window = self.ask("search", "--onlyvisible", "--name", "neteyes").split()[-1]
        width, height = re.search(r"Geometry: (\d+)x(\d+)", self.ask("getwindowgeometry", window)).groups()
        return int(width), int(height)

    def ask(self, *words):
        return subprocess.check_output(["xdotool", *words], env=self.environment, text=True)

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
    window.press("Tab", "l", "m", "question", "f", "f", "space", "Tab", "space")
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


def test_escape_ends_the_loop(session):
    window = session("scene://room", "--height", "256")
    window.press_until("Escape", lambda: window.process.poll() is not None)
    assert window.end()[0] == 0


def test_a_film_ends_by_itself(session):
    window = session("scene://duel?seconds=1", "--no-pace", "--height", "256")
    code, err = window.end()
    assert code == 0, err


def test_the_first_escape_leaves_full_screen_and_the_next_one_ends_a_whole_recording(
    window_manager, session, tmp_path
):
    window = session("scene://duel", "display://0", "a.mp4", "--height", "256", "--fullscreen")
    window.press_until("s", lambda: list(tmp_path.glob("neteyes-*.png")))
    assert window.size() == (1280, 720)
    window.press_until("Escape", lambda: window.size() != (1280, 720))
    assert window.process.poll() is None
    window.press_until("Escape", lambda: window.process.poll() is not None)
    code, err = window.end()
    assert (code, "Traceback" in err) == (0, False), err
    with av.open(str(tmp_path / "a.mp4")) as clip:
        assert sum(1 for _ in clip.decode(video=0)) > 0


def test_r_starts_a_recording_and_stops_it_while_the_run_goes_on(session, tmp_path):
    window = session("scene://duel", "--height", "256", "--report", "r.json")
    window.press_until("s", lambda: list(tmp_path.glob("neteyes-*.png")))
    window.press_until("r", lambda: "Recording neteyes-" in window.said())
    (path,) = re.findall(r"Recording (\S+\.mp4)", window.said())
    window.wait_until(lambda: (tmp_path / path).exists() and (tmp_path / path).stat().st_size)
    window.press("r")
    window.wait_until_said(f"Saved {path}")
    assert window.process.poll() is None
    with av.open(str(tmp_path / path)) as clip:
        frames = sum(1 for _ in clip.decode(video=0))
    window.press_until("q", lambda: window.process.poll() is not None)
    code, err = window.end()
    assert (code, "Traceback" in err) == (0, False), err
    outputs = json.loads((tmp_path / "r.json").read_text())["outputs"]
    assert [(each["name"], each["written"]) for each in outputs][1:] == [(path, frames)]


def test_a_clicked_label_is_painted_as_what_is_typed_and_backspace_takes_it_back(session, tmp_path):
    window = session("scene://duel", "--height", "256")
    window.press_until("s", lambda: list(tmp_path.glob("neteyes-*.png")))
    for keys, said in (("bea\r", "is painted as bear"), ("\b", "is painted as itself again")):
        deadline = time.monotonic() + 60
        while said not in window.said():  # of two keys between two looks of the window, one is lost
            assert time.monotonic() < deadline, f"it never said: {said}"
            window.xdotool("mousemove", "128", "20", "click", "1", "sleep", "0.3")
            for key in keys:
                window.xdotool("key", {"\r": "Return", "\b": "BackSpace"}.get(key, key), "sleep", "0.3")
