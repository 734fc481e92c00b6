"""The guard as the last stage: what it holds back is said in the view, in words that do not flash either."""

import numpy as np

from stream.flashes import FlashMeter
from stream.flashes.guard_stage import Guard
from stream.frame import Frame

SIZE = (256, 456)


def flicker(hertz=8, rate=30, count=60):
    """Black and white in turn, on the left; the right is grey."""
    for index in range(count):
        view = np.full((*SIZE, 3), 90, np.uint8)
        view[:, :200] = 255 * (int(index / rate * 2 * hertz + 1e-6) % 2)
        yield Frame(index, 0.0, index / rate, view, view=view)


def test_while_something_is_held_back_the_view_says_so():
    shown, meter = [], FlashMeter()
    with Guard() as guard:
        for frame in flicker():
            before = frame.view.copy()
            shown.append(guard(frame).view)
            meter(shown[-1], frame.pts)
            assert np.array_equal(frame.view, before)  # what others may still show is left alone
    noted = [np.nonzero((view[:, 200:] != 90).any(axis=2))[0] for view in shown]
    assert not len(noted[0]) and any(len(rows) for rows in noted)
    assert all(rows.max() < SIZE[0] // 2 for rows in noted if len(rows))  # at the top, on the right
    assert guard.figures()["held"] > 0
    assert meter.general.worst <= 4


def test_where_nothing_flashes_the_view_goes_through_untouched():
    with Guard() as guard:
        for frame in flicker(hertz=1):
            assert guard(frame).view is frame.view
    assert guard.figures()["held"] == 0


def test_flashes_that_are_only_counted_are_shown_as_they_came():
    with Guard(hold=False) as guard:
        for frame in flicker():
            assert guard(frame).view is frame.view
    assert guard.figures()["held"] is None
