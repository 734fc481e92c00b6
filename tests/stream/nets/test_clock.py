"""The clock of frames: how long the memory of earlier frames stays valid."""

import pytest

from stream.nets.clock import FrameClock


@pytest.mark.parametrize(
    ("times", "lapses"),
    [
        ([5.0, 5.5], [None, 0.5]),
        ([0.0, 1.5, 2.0], [None, None, 0.5]),  # a gap
        ([3.0, 0.0, 0.25], [None, None, 0.25]),  # a clip that begins anew
        ([1.0, 1.0], [None, None]),  # pictures of no time
    ],
)
def test_memory_begins_anew_at_gaps_and_where_time_does_not_go_on(times, lapses):
    lapse = FrameClock()
    assert [lapse(time) for time in times] == lapses
