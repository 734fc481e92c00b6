"""The meter and the guard on IRIS's test clips, with the counts of its own meter."""

import threading

import pytest

from stream.flashes import FlashGuard, FlashMeter
from stream.sources import open_source

COUNTS = {"2Hz_5s": 5, "2Hz_6s": 5, "flashStripes": 25, "gray": 0, "intermitentEF": 3}
"""The highest LuminanceTransitions in the results that lie beside IRIS's clips."""


def iris(folder, name):
    source = open_source(str(folder / "iris" / f"{name}.mp4"), pace=False)
    try:
        return [(frame.image, frame.pts) for frame in source.frames(threading.Event())]
    finally:
        source.close()


@pytest.mark.parametrize("name", COUNTS)
def test_iris_counts_as_many_transitions(shared_flash, name):
    meter = FlashMeter()
    for view, pts in iris(shared_flash, name):
        meter(view, pts)
    assert abs(meter.general.worst - COUNTS[name]) <= 1
    assert meter.red.worst == 0


@pytest.mark.parametrize("name", COUNTS)
def test_what_is_shown_of_iris_clips_complies(shared_flash, name):
    seen, shown, guard, untouched = FlashMeter(), FlashMeter(), FlashGuard(), True
    for view, pts in iris(shared_flash, name):
        after = guard(view, pts)
        seen(view, pts)
        shown(after, pts)
        untouched &= after is view
    assert shown.complies
    assert untouched is (seen.general.worst <= 4)
