"""The shown views of others' test clips comply, each of them, whichever layer flashes."""

import numpy as np
import pytest

from stream.controls import VIEWS
from stream.fit import Fit
from stream.flashes import FlashMeter, flash_area
from stream.flashes.tally import LIMIT
from tests.fixtures.views import as_layers, views_of
from tests.stream.flashes.test_iris import COUNTS, iris


def worst(frames):
    """Return the most transitions, general or red, in any second of the shown views."""
    meter = FlashMeter()
    for frame in frames:
        meter(frame.view, frame.pts)
    return max(meter.general.worst, meter.red.worst)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_of_trace_clips_complies(trace_clips, monkeypatch, view):
    # All at an eighth of their size, fields too: that is quick, and makes hardly another area of anything.
    monkeypatch.setattr(flash_area, "SCREEN", (96, 128))
    monkeypatch.setattr(flash_area, "FIELDS", ((32, 43), (43, 32), (52, 52)))
    over = {}
    for clip in trace_clips:
        labels, colours = clip.regions()
        small = np.ascontiguousarray(labels[3::8, 3::8])[:134]
        pictures = ((palette.take(small, axis=0), at / clip.rate) for at, palette in enumerate(colours))
        often = worst(views_of(as_layers(pictures), view, Fit("stretch", small.shape), small.shape[0]))
        if often > LIMIT:
            over[clip.name] = often
    assert over == {}


@pytest.mark.slow
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", COUNTS)
def test_every_view_of_iris_clips_complies(shared_flash, name, view):
    pictures = iris(shared_flash, name)
    frames = views_of(as_layers(pictures), view, Fit("stretch", (256, 256)), 256)
    assert worst(frames) <= LIMIT
