"""The guard as a stage: each layer is held back by itself, whole areas and whole names, in every view."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from engines.labels import LabelSpace
from stream.controls import VIEWS, Controls
from stream.fit import Fit
from stream.flashes import FlashMeter
from stream.flashes.flash_area import Windows, fields_on_layer, panels_touched
from stream.flashes.guard_stage import BADGE, Guard
from stream.frame import Frame
from stream.views.calm_names import CalmNames
from stream.views.layers import LAYERS, Display, view_size
from stream.views.layouts import compose
from stream.views.stage import Compose

COCO = LabelSpace.load("coco-stuff")
SNOW, SEA, TREE = COCO.id("snow"), COCO.id("sea"), COCO.id("tree")
SIZE = (144, 192)
FIT = Fit("stretch", (144, 192))
HEIGHT = 288


def turned(hertz, at):
    """Return whether a square wave has turned an odd number of times, `at` seconds after its beginning."""
    return int(at * 2 * hertz + 1e-6) % 2


def films(camera=8, labels=8, painting=8, *, rate=30, seconds=2.2, phases=(0, 0, 0)):
    """Frames whose left part flickers in the camera's picture, the labels and the painting; 0 is still."""
    for index in range(round(rate * seconds)):
        at = index / rate
        seen, ids, painted = (np.full((*SIZE, 3), 90, np.uint8) for _ in range(3))
        ids = np.full(SIZE, TREE, np.uint8)
        seen[:, :120] = 255 * turned(camera, at + phases[0])
        ids[:, :120] = (SNOW, SEA)[turned(labels, at + phases[1])]
        painted[:, :120] = 255 * turned(painting, at + phases[2])
        yield Frame(index, 0.0, at, seen, labels=ids, painted_labels=ids, picture=painted)


def show(frames, view, *, hold=True, badges=False, height=HEIGHT, fit=FIT):
    """Let frames pass the guard, if it holds, and be composed: the frames with their views, and the guard."""
    controls = Controls(COCO, COCO, view=view)
    guard, composer = Guard(controls, fit, height), Compose(controls, fit, height, badges=badges)
    stages = (guard, composer) if hold else (composer,)
    shown = []
    for frame in frames:
        for stage in stages:
            frame = stage(frame)
        shown.append(frame)
    return shown, guard


def transitions(frames):
    """Return the most transitions, general or red, in any second of the shown views."""
    meter = FlashMeter()
    for frame in frames:
        meter(frame.view, frame.pts)
    return max(meter.general.worst, meter.red.worst)


@pytest.mark.parametrize("rate", [24, 30])
@pytest.mark.parametrize("view", VIEWS)
def test_in_every_view_flicker_is_held_back(view, rate):
    for phases in ((0, 0, 0), (0, 0.03, 0.06)):
        frames = list(films(8, 7, 9, rate=rate, phases=phases))
        assert transitions(show(frames, view, hold=False)[0]) > 6
        shown, guard = show(frames, view)
        assert transitions(shown) <= 6
        assert guard.figures()["complies"]
        assert guard.figures()["held"] > 0


@pytest.mark.parametrize("view", VIEWS)
def test_what_does_not_flash_too_often_is_shown_as_it_is(view):
    frames = list(films(2, 2, 2))
    plain, guarded = show(frames, view, hold=False)[0], show(frames, view)[0]
    for one, other in zip(plain, guarded, strict=True):
        assert np.array_equal(one.view, other.view)


def test_two_calm_layers_that_would_flash_together_are_held_back_in_their_blend():
    frames = []
    for index, frame in enumerate(films(0, 0, 0)):  # two pulses a second each, one after the other
        image, ids = frame.image.copy(), frame.painted_labels.copy()
        image[:, :120] = 255 * (index % 15 < 3)
        ids[:, :120] = SNOW if 7 < index % 15 < 11 else SEA
        frames.append(replace(frame, image=image, painted_labels=ids))
    assert transitions(show(frames, "labels", hold=False)[0]) <= 4
    assert transitions(show(frames, "overlay", hold=False)[0]) > 6
    assert transitions(show(frames, "overlay")[0]) <= 6


def test_only_layers_that_a_view_needs_are_held():
    for view in VIEWS:
        (frame,), _ = show([next(films())], view)
        assert set(frame.layers) == set(LAYERS[view])


@pytest.fixture
def placed(monkeypatch):
    """The names of each frame, as they are drawn."""
    names, place = [], CalmNames.place

    def noted(self, *given):
        names.append(place(self, *given))
        return names[-1]

    monkeypatch.setattr(CalmNames, "place", noted)
    return names


@pytest.mark.parametrize("view", ["labels", "overlay"])
def test_no_name_is_ever_blended_or_torn(view, placed):
    """Names are drawn whole over held areas: drawn once more, the view is the same to the bit."""
    shown, guard = show(films(8, 8, 8), view)
    assert guard.figures()["held"] > 10
    assert len(placed) == len(shown)
    assert any(placed)
    display = Display(FIT, COCO, HEIGHT)
    for frame, names in zip(shown, placed, strict=True):
        bare = replace(frame, layers={name: layer.copy() for name, layer in frame.layers.items()})
        again = compose(bare, view, display, lambda *given, names=names: names)
        assert np.array_equal(again, frame.view)


def test_a_held_area_keeps_its_name_with_its_colour(placed):
    shown, _ = show(films(8, 8, 8), "labels")
    scale = HEIGHT / SIZE[0]
    for frame, names in zip(shown, placed, strict=True):
        for name in names:
            assert frame.layers["labels"][int(name.y / scale), int(name.x / scale)] == name.label
    kept = [frame.layers["labels"][0, 0] == frame.painted_labels[0, 0] for frame in shown]
    assert not all(kept)
    assert {name.label for names in placed for name in names} & {SNOW, SEA}


def test_areas_of_the_schematic_change_as_wholes():
    """Also one of which only a part may not turn: the other part waits for it."""

    def growing():
        for index, frame in enumerate(films(0, 8, 0)):
            ids = frame.painted_labels.copy()
            ids[:, 120:150] = ids[0, 0] if index > 20 else TREE  # joins the area that flickers
            yield replace(frame, painted_labels=ids)

    shown, guard = show(growing(), "labels")
    assert guard.figures()["held"] > 10
    for before, after in pairwise(shown):
        one, other = (frame.layers["labels"] for frame in (before, after))
        new = after.painted_labels
        if one[0, 0] != new[0, 0] and one[0, 140] != new[0, 140]:  # the new area
            assert (other[0, 0] == new[0, 0]) == (other[0, 140] == new[0, 140])
        assert set(np.unique(other)) <= {SNOW, SEA, TREE}


def test_a_held_region_of_a_picture_has_a_soft_border_and_no_holes():
    def speckled():  # two pixels of three flicker, scattered
        still = np.random.default_rng(0).random(SIZE) < 1 / 3
        for frame in films(0, 0, 8):
            picture = frame.picture.copy()
            picture[still] = 120
            picture[:, 120:] = 90 + frame.index % 2 * 10  # too little to be a flash
            yield replace(frame, picture=picture)

    frames = list(speckled())
    shown, guard = show(frames, "picture")
    held = 0
    for (before, after), frame in zip(pairwise(shown), frames[1:], strict=True):
        one, other = (each.layers["painting"] for each in (before, after))
        if other is not frame.picture and np.array_equal(other[40, 40], one[40, 40]):
            held += 1
            assert np.array_equal(other[8:-8, 8:100], one[8:-8, 8:100])  # all of it, also what is still
            assert np.array_equal(other[:, 140:], frame.picture[:, 140:])
    assert held > 10
    assert guard.figures()["held"] >= held


def test_words_on_the_state_are_for_who_watches_and_not_in_the_view():
    frames = list(films())
    shown, _ = show(frames, "picture")
    assert BADGE not in shown[0].badges
    assert any(BADGE in frame.badges for frame in shown)
    noted, _ = show(frames, "picture", badges=True)
    changed = [one.view for one, other in zip(shown, noted, strict=True) if (one.view != other.view).any()]
    assert changed
    assert not any(frame.badges for frame in noted), "they are drawn already"
    rows, columns = np.nonzero((shown[-1].view != noted[-1].view).any(axis=2))
    assert rows.max() < HEIGHT // 4
    assert columns.min() > HEIGHT // 2


def test_flashes_that_are_only_counted_are_shown_as_they_came():
    controls = Controls(COCO, COCO, view="triptych")
    guard = Guard(controls, FIT, HEIGHT, hold=False)
    for frame in films():
        assert guard(frame).layers["painting"] is frame.picture
    assert guard.figures()["held"] is None
    assert not guard.figures()["complies"]


@pytest.mark.parametrize("height", [240, 512])
def test_stripes_cannot_hide_between_the_samples(height):
    """Every second row of the camera's picture flashes, or every second column: that is half of its area."""
    for axis in (0, 1):

        def striped(axis=axis):
            for index in range(50):
                image = np.full((height, height, 3), 60, np.uint8)
                np.moveaxis(image, axis, 0)[::2] = 255 * turned(10, index / 30)
                yield Frame(index, 0.0, index / 30, image, picture=image, painted_labels=image[..., 0] // 255)

        fit = Fit("stretch", (height, height))
        assert transitions(show(striped(), "triptych", height=height, fit=fit)[0]) <= 6
        assert transitions(show(striped(), "picture", height=height, fit=fit)[0]) <= 6


@pytest.mark.parametrize("panel", [(96, 96), (96, 170), (170, 96), (900, 506), (820, 240)])
def test_panels_that_leave_each_other_room_stay_below_the_limit_together(panel):
    """Wherever a field of the view lies, also across two panels or three."""
    view, rng = view_size("triptych", panel), np.random.default_rng(panel)
    touched = panels_touched(view, panel)
    alone, whole = Windows(panel, fields_on_layer(view, panel, panel)), Windows(view)
    assert touched == (3 if panel == (820, 240) else 2)
    for _ in range(6):
        sheet, masks = np.zeros(view, bool), [np.zeros(panel, bool) for _ in range(3)]
        for _ in range(900):  # boxes, as many as just fit, thickest where panels meet
            place = int(rng.integers(3))
            others = [
                masks[at] for at in range(max(0, place - touched + 1), min(3, place + touched)) if at != place
            ]
            fills = [alone.fullest(other) for other in others]
            room = 1 - (sum(fills) if touched == 3 else max(fills))
            high, wide = rng.integers(2, 2 + panel[0] // 3), rng.integers(2, 2 + panel[1] // 6)
            top = rng.integers(0, panel[0] - high + 1)
            left = rng.choice([0, panel[1] - wide, rng.integers(0, panel[1] - wide + 1)])
            more = masks[place].copy()
            more[top : top + high, left : left + wide] = True
            if alone.fullest(more) < room:
                masks[place] = more
        for place, mask in enumerate(masks):
            sheet[:, place * (panel[1] + 6) :][:, : panel[1]] = mask
        assert sheet.any()
        assert not whole.reached(sheet)


def test_panels_leave_each_other_room_as_they_flash():
    """What flashes in the camera's picture alone is small enough; beside labels that flash it is not."""
    size = (96, 96)

    def beside():
        for index in range(60):
            seen, ids = np.full((*size, 3), 90, np.uint8), np.full(size, TREE, np.uint8)
            seen[30:62, 76:] = 255 * turned(6, index / 30)  # 20 columns of a field of 32 × 100
            ids[30:62, :14] = (SNOW, SEA)[turned(6, index / 30)]
            painted = np.full((*size, 3), 90, np.uint8)
            yield Frame(index, 0.0, index / 30, seen, labels=ids, painted_labels=ids, picture=painted)

    fit = Fit("stretch", size)
    plain = list(beside())
    assert transitions(show(plain, "triptych", hold=False, height=96, fit=fit)[0]) > 6, (
        "together they are too large"
    )
    shown, guard = show(plain, "triptych", height=96, fit=fit)
    assert transitions(shown) <= 6
    assert guard.figures()["held"] > 0
    alone = [replace(frame, painted_labels=np.full(size, TREE, np.uint8)) for frame in plain]
    assert show(alone, "triptych", height=96, fit=fit)[1].figures()["held"] == 0
