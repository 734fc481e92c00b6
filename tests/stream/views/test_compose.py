"""The stage that composes views: each distinct one once, for all outputs that show it."""

import numpy as np
import pytest

from engines.labels import LabelSpace
from stream.controls import WINDOW, Controls
from stream.fit import Fit
from stream.frame import Frame, Notice
from stream.views.calm_names import REST, CalmNames
from stream.views.stage import Compose

VOC = LabelSpace.load("voc")
FIT = Fit("crop", (64, 64))


@pytest.fixture
def controls():
    return Controls(VOC, VOC)


def frame(index=0, **more):
    labels = np.full((64, 64), VOC.id("dog"), np.uint8)
    image = np.full((64, 64, 3), 60, np.uint8)
    return Frame(index, 0.0, index / 30, image, labels=labels, painted_labels=labels, picture=image, **more)


def test_two_outputs_with_one_view_share_its_composition(controls):
    controls.view = "triptych"
    for name, view in (("a.mp4", None), ("b.mp4", "triptych"), ("c.mp4", "labels")):
        controls.show(name, view)
    with Compose(controls, FIT, 128) as compose:
        views = compose(frame()).views
    assert views["a.mp4"] is views["b.mp4"]
    assert views["c.mp4"].shape != views["a.mp4"].shape


def test_another_view_in_the_window_changes_no_other_output(controls):
    controls.show(WINDOW, None)
    controls.show("a.mp4", None)
    with Compose(controls, FIT, 128) as compose:
        before = compose(frame())
        controls.show(WINDOW, "triptych")
        after = compose(frame(1))
    assert before.views[WINDOW] is before.views["a.mp4"]
    assert after.for_output("a.mp4").view.shape == before.for_output("a.mp4").view.shape
    assert after.for_output(WINDOW).view.shape[1] > 3 * 128


def test_an_output_that_has_just_come_waits_for_its_first_view(controls):
    controls.show("a.mp4", None)
    with Compose(controls, FIT, 128) as compose:
        under_way = compose(frame())
        controls.show("b.mp4", "labels")
        assert under_way.for_output("b.mp4") is None
        assert compose(frame(1)).for_output("b.mp4").view is not None
        controls.drop("b.mp4")
        assert compose(frame(2)).for_output("b.mp4") is None


def test_a_notice_stands_over_the_last_picture_in_every_view(controls):
    controls.show("a.mp4", None)
    controls.show("b.mp4", "triptych")
    with Compose(controls, FIT, 128) as compose:
        first = compose(Frame(0, 0.0, 0.0, np.zeros((1, 1, 3), np.uint8), notice=Notice("No signal")))
        shown = compose(frame(1))
        after = compose(Frame(1, 0.0, 1.1, np.zeros((1, 1, 3), np.uint8), notice=Notice("No signal")))
    for name in ("a.mp4", "b.mp4"):
        assert after.views[name].shape == shown.views[name].shape
        assert (after.views[name][0, 0] == shown.views[name][0, 0] // 3).all(), "darkened"
        assert first.views[name].max() > 200, "there are letters"


def test_names_change_at_moments_that_are_far_apart_and_never_stand_on_another_label():
    names, moved = CalmNames(), []
    before = None
    for index in range(90):
        labels = np.full((96, 128), VOC.id("cat"), np.uint8)
        left = 8 + index // 2  # a dog that runs through the picture
        labels[20:80, left : left + 60] = VOC.id("dog")
        now = names.place(labels, VOC, (288, 384), index / 30)
        for name in now:
            row, column = name.y // 3, name.x // 3
            assert name.label in labels[row - 2 : row + 3, column - 4 : column + 5]
        if before is not None and [name for name in now if name not in before]:
            moved.append(index / 30)
        before = now
    assert moved, "the name follows"
    assert np.diff(moved).min() >= REST - 1e-6
