"""Text over a view in the window: inside the picture at every size, and small."""

import numpy as np
import pytest

from stream.flashes.flash_meter import FlashMeter
from stream.views.captions import draw_badges, draw_line, draw_outlines, draw_recording, letters
from tests.stream.views.grey_picture import GREY, SIZES, box, picture


@pytest.mark.parametrize("size", SIZES)
def test_a_line_stands_in_the_middle_above_the_lower_edge(size):
    draw_line(image := picture(size), "View: labels")
    left, top, right, bottom = box(image)
    assert left >= 0
    assert left == pytest.approx(size[1] - right, abs=3)
    assert size[0] / 2 < top < bottom < size[0]
    assert image.max() > 200, "the letters are light"


def test_letters_grow_with_the_screen_and_never_get_too_small():
    assert [letters(size) for size in SIZES] == [33, 16, 16, 13, 13]


@pytest.mark.parametrize("size", SIZES)
def test_a_long_path_loses_its_middle_and_stays_inside(size):
    draw_line(image := picture(size), "Saved neteyes-20260102-030405-123456-triptych.png, and more words")
    left, _, right, _ = box(image)
    assert 0 < left < right < size[1]


def test_a_line_that_comes_and_goes_is_no_flash():
    """It fills less than a quarter of any 10° field, so its coming and going is no flash at all."""
    meter = FlashMeter()
    white = np.full((512, 512, 3), 255, np.uint8)
    line = white.copy()
    draw_line(line, "Saved neteyes-20260102-030405-12-picture.png")
    for number in range(60):
        meter(line if number // 3 % 2 else white, number / 30)
    assert meter.figures()["complies"]


def test_a_recording_has_a_red_dot_and_its_length():
    draw_recording(one := picture((512, 512)), 65)
    draw_recording(other := picture((512, 512)), 66)
    blue, green, red = np.moveaxis(one.astype(int), 2, 0)
    assert ((red > 150) & (green < 100) & (blue < 100)).any()
    assert (one != other).any()
    assert box(one)[2] < 256
    assert box(one)[3] < 64


def test_outlines_are_drawn_where_they_are():
    line = np.array([[100, 100], [200, 100], [200, 200], [100, 200]], np.float32)
    draw_outlines(image := picture((300, 300)), [line])
    assert box(image) == pytest.approx((98, 98, 203, 203), abs=3)
    assert (image[140:160, 140:160] == GREY).all()


@pytest.mark.parametrize("size", SIZES[:4])
def test_badges_stand_in_the_upper_right_corner_beside_each_other(size):
    draw_badges(one := picture(size), ["flashes held back"])
    draw_badges(both := picture(size), ["flashes held back", "labels frozen"])
    assert box(one)[0] > size[1] / 2 or size[1] < 500
    assert box(one)[3] < size[0] / 4
    assert box(both)[0] < box(one)[0]
    assert box(both)[1:] == box(one)[1:]
