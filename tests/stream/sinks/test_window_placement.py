"""The place of a view in a window, whole or filling it."""

import numpy as np
import pytest

from stream.sinks.window_placement import Placement

SIZES = [
    ((200, 300), (720, 1280)),
    ((512, 910), (1080, 1920)),
    ((1080, 608), (300, 500)),
    ((64, 64), (64, 64)),
]


@pytest.mark.parametrize("fill", [False, True])
@pytest.mark.parametrize(("view", "window"), SIZES)
def test_a_point_of_the_window_is_the_pixel_that_is_drawn_there(view, window, fill):
    placement = Placement(view, window, fill)
    rows, columns = np.indices(view)
    ramps = np.stack([255 * rows / view[0], 255 * columns / view[1], 0 * rows + 255], axis=2)
    drawn = placement.draw(ramps.astype(np.uint8))
    assert drawn.shape == (*window, 3)
    for x in range(3, window[1], 41):
        for y in range(3, window[0], 37):
            at = placement.to_view(x, y)
            blue, green, red = (int(value) for value in drawn[y, x])
            if at is None:
                assert red == 0, "a bar is black"
            else:
                assert (blue, green) == pytest.approx((255 * at[1] / view[0], 255 * at[0] / view[1]), abs=6)


@pytest.mark.parametrize(("view", "window"), SIZES)
def test_a_filled_window_has_no_bars(view, window):
    white = np.full((*view, 3), 255, np.uint8)
    assert Placement(view, window, fill=True).draw(white).min() == 255
    assert Placement(view, window, fill=True).size == window


def test_lines_of_the_view_lie_where_its_pixels_are_drawn():
    placement = Placement((200, 300), (720, 1280))
    corners = np.array([[0, 0], [300, 200]], np.float32)
    assert placement.line_to_window(corners).tolist() == [[100, 0], [1180, 720]]


def test_drawing_gives_a_picture_of_its_own():
    view = np.zeros((64, 64, 3), np.uint8)
    Placement((64, 64), (64, 64)).draw(view)[:] = 9
    assert not view.any()
