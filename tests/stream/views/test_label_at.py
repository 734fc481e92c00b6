"""A point of each layout leads to the label that is shown there."""

from dataclasses import replace

import numpy as np
import pytest

from engines.labels import UNLABELLED, LabelSpace
from stream.controls import VIEWS
from stream.fit import Fit
from stream.frame import Frame
from stream.views.label_at import label_at, outlines_of
from stream.views.layers import GUTTER, Display
from stream.views.layouts import compose

SPACE = LabelSpace.load("coco-stuff")
SKY, BUS, ROAD = (SPACE.id(name) for name in ("sky", "bus", "road"))


def made(view, mode, shape=(360, 640), net=(128, 128)):
    """A frame with sky above, road below, and a bus over the left tenth of the net's picture."""
    fit = Fit(mode, net)
    labels = np.full(net, SKY, np.uint8)
    labels[net[0] // 2 :] = ROAD
    labels[:, : net[1] // 10] = BUS
    image = np.zeros((*shape, 3), np.uint8)
    black = np.zeros((*net, 3), np.uint8)
    frame = Frame(0, 0.0, 0.0, image, labels=labels, painted_labels=labels, picture=black)
    return replace(frame, view=compose(frame, view, Display(fit, SPACE, 256))), fit


@pytest.mark.parametrize("mode", ["crop", "stretch"])
@pytest.mark.parametrize("view", VIEWS)
def test_each_panel_of_each_layout_leads_to_its_label(view, mode):
    frame, fit = made(view, mode)
    height, width = frame.view.shape[:2]
    panels = 3 if view == "triptych" else 1
    panel = (width - (panels - 1) * GUTTER) // panels
    for left in (number * (panel + GUTTER) for number in range(panels)):
        assert label_at(frame, view, fit, (left + 1, height // 2 + 5)) == BUS
        assert label_at(frame, view, fit, (left + panel // 2, 2)) == SKY
        assert label_at(frame, view, fit, (left + panel - 1, height - 1)) == ROAD


def test_between_two_panels_there_is_nothing():
    frame, fit = made("triptych", "crop")
    assert label_at(frame, "triptych", fit, ((frame.view.shape[1] - 2 * GUTTER) // 3 + 1, 9)) is None


def test_the_padding_of_the_net_is_no_part_of_the_view():
    frame, fit = made("picture", "pad", net=(120, 120))
    frame.labels[:26] = UNLABELLED  # what the net saw above the wide frame
    assert label_at(frame, "picture", fit, (frame.view.shape[1] // 2, 0)) == SKY


@pytest.mark.parametrize("view", VIEWS)
def test_outlines_enclose_the_label_in_every_panel(view):
    frame, fit = made(view, "crop")
    outlines = outlines_of(BUS, frame, view, fit)
    assert len(outlines) == (3 if view == "triptych" else 1)
    width = (frame.view.shape[1] - 2 * GUTTER) // 3 if view == "triptych" else frame.view.shape[1]
    for number, outline in enumerate(outlines):
        left, top = outline.min(axis=0) - (number * (width + GUTTER), 0)
        right, bottom = outline.max(axis=0) - (number * (width + GUTTER), 0)
        assert (left, top, bottom) == pytest.approx((0, 0, frame.view.shape[0]), abs=3)
        assert right == pytest.approx(width * 12 / 128, abs=3)


def test_a_label_that_is_nowhere_has_no_outline():
    frame, fit = made("labels", "crop")
    assert outlines_of(SPACE.id("bear"), frame, "labels", fit) == []
