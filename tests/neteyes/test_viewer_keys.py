"""What the keys and clicks of the window change, and what its lines say; no display is needed."""

from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from engines.bundle import find_bundle, read_bundle
from engines.errors import SinkError
from neteyes.click_to_swap import ClickToSwap
from neteyes.clicked_swaps import ClickedSwaps
from neteyes.recorder import Recorder
from neteyes.viewer import CALM, Viewer
from stream.controls import VIEWS, WINDOW, Controls
from stream.fit import Fit
from stream.frame import Frame
from stream.sinks.window_keys import KEYS, Action, Click, KeyPress
from stream.sinks.window_placement import Placement
from stream.views.choice import ChoicePanel
from stream.views.stage import Compose


class Desk:
    """In a window's place: it gives the events that it is given, and keeps what it is to show."""

    def __init__(self, shape=(240, 320)):
        self.events, self.shown, self.shape = [], [], shape
        self.full_screen = False
        self.whole = False

    def show(self, view, draw=None, *, whole=False):
        placement = Placement(view.shape[:2], self.shape)
        shown = placement.draw(view)
        self.shown.append(draw(shown, placement) if draw else shown)
        self.whole = whole
        return True

    def poll(self):
        events, self.events = self.events, []
        return events

    def close(self):
        pass


class Running:
    """In the loop's place: whether it is paused, and whether it was stopped."""

    def __init__(self):
        self.paused = self.stopped = False

    def stop(self):
        self.stopped = True


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes on only when it is told to: `clock.now += 1`."""
    clock = SimpleNamespace(now=1000.0)
    time = SimpleNamespace(monotonic=lambda: clock.now, strftime=lambda text: text)
    monkeypatch.setattr("neteyes.viewer.time", time)
    monkeypatch.setattr("neteyes.key_actions.time", time)
    return clock


def click(x, y):
    """A click on that pixel of the view, 128 by 128, in a window of 320 by 240 with bars at both sides."""
    return Click(40 + round(x * 240 / 128), round(y * 240 / 128), (x, y), (240, 320))


class Room:
    """A viewer with its window, its loop and its settings, and one frame: sky above, a person below."""

    def __init__(self, clock):
        card = read_bundle(find_bundle("small")).card
        self.space = card.synthesize.space
        self.controls = Controls(card.segment.space, self.space)
        self.fit = Fit("crop", (64, 64))
        self.swaps = ClickedSwaps(self.controls)
        self.desk, self.running, self.clock = Desk(), Running(), clock
        self.compose = Compose(self.controls, self.fit, 128)
        self.recorder = Recorder(self._no_clip, self.controls)
        choice = ClickToSwap(self.swaps, self.controls, card.synthesize)
        self.viewer = Viewer(self.desk, self.controls, self.compose, self.fit, choice, self.recorder)
        labels = np.full((64, 64), self.space.id("sky"), np.uint8)
        labels[32:] = self.space.id("person")
        image = np.full((64, 64, 3), 200, np.uint8)
        frame = Frame(7, 0.0, 0.0, image, labels=labels, painted_labels=labels, picture=image)
        self.frame = self.compose(frame)
        self.viewer.write(self.frame)
        self.do()  # any key: the warning was read
        self.clock.now += CALM

    def _no_clip(self, path):
        raise SinkError(f"Cannot write '{path}'.")

    def do(self, *events):
        self.desk.events += events or [KeyPress(ord("x"))]
        self.viewer.attend(self.running)

    def press(self, *characters):
        self.do(*(KeyPress(ord(character)) for character in characters))

    @property
    def line(self):
        return self.viewer.overlay().line


@pytest.fixture
def room(clock):
    return Room(clock)


@pytest.mark.parametrize(
    ("keys", "lines"),
    [
        ("\t\t", ["View: labels", "View: triptych"]),
        ("mm", ["Mirrored", "Not mirrored"]),
        ("ll", ["Labels frozen", "Labels follow again"]),
        ("][[", ["Steadiness 0.8", "Steadiness 0.7", "Steadiness 0.6"]),
        ("  ", ["Paused: space goes on", "Goes on"]),
        ("ff", ["Full screen: Esc leaves it", "In a window"]),
        ("f\x1b", ["Full screen: Esc leaves it", "Esc again quits"]),
        ("s", ["Saved neteyes-%Y%m%d-%H%M%S-7-picture.png"]),
    ],
)
def test_each_key_that_changes_something_says_so(room, monkeypatch, tmp_path, keys, lines):
    monkeypatch.chdir(tmp_path)
    for key, line in zip(keys, lines, strict=True):
        room.press(key)
        assert room.line == line


def test_a_line_is_shown_at_once_and_gone_after_two_seconds_also_while_paused(room):
    before = room.desk.shown[-1]
    room.press(" ")
    assert (room.desk.shown[-1] != before).any()
    room.clock.now += 1.9
    room.do()
    assert (room.desk.shown[-1] != before).any()
    room.clock.now += 0.2
    room.do()
    assert (room.desk.shown[-1] == before).all()


def test_what_the_window_draws_is_not_in_the_frame_that_others_get(room):
    room.desk.shape = room.frame.view.shape[:2]
    before = room.frame.view.copy()
    room.press("m", "?")
    room.viewer.write(room.frame)
    room.press("?")
    assert (room.desk.shown[-1] != before).any()
    assert (room.frame.view == before).all()


def test_escape_closes_the_choice_then_leaves_full_screen_then_quits(room):
    room.press("f")
    room.do(click(64, 100))
    assert room.viewer.overlay().choice
    room.press("\x1b")
    assert (room.viewer.overlay().choice, room.desk.full_screen) == (None, True)
    room.press("\x1b")
    assert (room.desk.full_screen, room.running.stopped) == (False, False)
    room.press("\x1b")
    assert room.running.stopped


def test_escape_quits_at_once_while_the_warning_is_shown(clock):
    room = Room(clock)
    room.viewer._warned_until = clock.now + 1
    room.desk.full_screen = True
    room.press("\x1b")
    assert room.running.stopped


def test_a_clicked_label_is_painted_as_the_typed_one(room):
    person, bear = room.space.id("person"), room.space.id("bear")
    room.do(click(64, 100))
    assert room.viewer.overlay().choice.title.startswith("person")
    room.press(*"bea")
    assert [row.name for row in room.viewer.overlay().choice.rows if row.chosen] == ["bear"]
    room.press("\r")
    assert room.controls.swap[person] == bear
    assert room.line == "person is painted as bear"
    room.clock.now += CALM
    room.do(click(64, 100))
    assert "Backspace takes bear back" in room.viewer.overlay().choice.hints
    room.press("\b")
    assert room.controls.swap[person] == person
    assert room.line == "person is painted as itself again"


def test_a_candidate_is_taken_by_a_click_and_the_panel_hides_what_is_behind_it(room):
    room.do(click(64, 3))
    room.press(*"be")
    panel = ChoicePanel(room.viewer.overlay().choice, (240, 320))
    place = next(y for y in range(240) if panel.row_at(160, y) == 1)
    title = next(y for y in range(240) if panel.covers(160, y))
    room.do(Click(160, title, (64, 40), (240, 320)))
    assert room.viewer.overlay().choice.typed == "be"
    room.do(Click(160, place, (64, 100), (240, 320)))
    assert room.line == "sky-other is painted as bed"
    assert room.viewer.overlay().choice is None


def test_letters_of_a_label_are_no_commands(room):
    room.do(click(64, 100))
    room.press(*"q smf")
    assert (room.running.stopped, room.running.paused, room.controls.mirror) == (False, False, False)
    assert room.viewer.overlay().choice.typed == "q smf"


def test_the_choice_does_not_cover_the_click(room):
    room.do(click(64, 100))
    assert room.viewer.overlay().choice.above
    room.do(click(64, 3))
    assert not room.viewer.overlay().choice.above
    assert room.viewer.overlay().choice.title.startswith("sky-other")


def test_a_click_where_nothing_is_recognised_says_so(room):
    labels = np.full((64, 64), 255, np.uint8)
    room.viewer.write(replace(room.frame, labels=labels))
    room.do(click(64, 100))
    assert (room.viewer.overlay().choice, room.line) == (None, "Nothing is recognised there")


def test_tab_changes_the_window_alone_and_never_faster_than_calm(room):
    room.controls.show("a.mp4", None)
    room.press("\t")
    assert (room.viewer.view, room.controls.view_of("a.mp4")) == ("labels", "picture")
    room.press("\t", "\t")  # too soon after: they wait
    assert room.viewer.view == "labels"
    room.clock.now += CALM
    room.do()
    assert (room.viewer.view, room.controls.view_of("a.mp4")) == ("overlay", "picture")


def test_words_on_the_state_stand_over_the_window_and_not_in_a_snapshot(room, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    plain = room.desk.shown[-1]
    room.viewer.write(replace(room.frame, badges=("flashes held back",)))
    assert (room.desk.shown[-1] != plain).any()
    room.press("s")
    assert np.array_equal(cv2.imread(str(next(tmp_path.glob("*.png")))), room.frame.view)


def test_a_triptych_is_never_cut(room):
    for view in VIEWS:
        room.controls.view = view
        room.viewer.write(room.frame)
        assert room.desk.whole is (view == "triptych")


def test_a_frame_from_before_tab_is_still_shown_as_what_it_is(room):
    """Until the next frame comes, a click finds the label that is seen there."""
    room.viewer.write(replace(room.frame, wanted={WINDOW: "picture"}))
    room.clock.now += CALM
    room.press("\t", "\t")
    room.clock.now += CALM
    room.press("x")
    assert room.viewer.view == "triptych"
    assert not room.desk.whole
    room.do(click(2, 100))
    assert room.viewer.overlay().choice.title.startswith("person")


def test_a_recording_that_cannot_be_opened_says_why(room):
    room.press("r")
    assert room.line.startswith("Cannot write 'neteyes-")
    assert room.recorder.seconds is None


def test_a_snapshot_that_cannot_be_saved_is_said_and_the_loop_goes_on(room, monkeypatch, tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    room.press("s")
    assert room.line.startswith("Cannot write 'neteyes-")
    assert not room.running.stopped
    monkeypatch.chdir(tmp_path)


def test_steadiness_stays_within_its_bounds_and_a_net_without_memory_says_so(room):
    room.controls.steadiness = 0.85
    room.press(*"]]]")
    assert room.line == "Steadiness 1"
    room.controls.steadiness = 0.05
    room.press("[")
    assert room.line == "Steadiness 0"
    room.controls.steadiness = None
    room.press("]")
    assert "no memory" in room.line
    assert room.controls.steadiness is None


@pytest.mark.parametrize("events", [[KeyPress(ord("?"))] * 30, [click(64, 100), KeyPress(ord("\x1b"))] * 15])
def test_keys_and_clicks_in_a_row_do_not_make_the_window_flash(room, events):
    room.desk.shown.clear()
    for event in events:
        room.do(event)
    light = [shown.mean() > 150 for shown in room.desk.shown]
    assert sum(before != after for before, after in pairwise(light)) <= 2


def test_every_key_of_the_help_does_something():
    assert {KeyPress(ord(key)).action for key in KEYS} == {*Action} - {Action.OTHER}
