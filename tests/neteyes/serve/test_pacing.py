"""A frame is taken when the painter is about to be free, and never waits for what does not come."""

import threading
import time

from neteyes.serve.pacing import LONGEST, MARGIN, Pacing


def calls(pacing: Pacing, segment: float, paint: float) -> None:
    """Let both nets have run a few times."""
    for net, seconds in (("segment", segment), ("synthesize", paint)):
        for _ in range(3):
            pacing.ended(net, time.monotonic() - seconds)


def waited(pacing: Pacing) -> float:
    before = time.monotonic()
    pacing.wait()
    return time.monotonic() - before


def test_a_frame_is_taken_as_long_before_the_painter_is_free_as_it_takes_to_be_segmented():
    pacing = Pacing()
    calls(pacing, segment=0.05, paint=0.2)
    pacing.began("synthesize")
    assert 0.1 < waited(pacing) < 0.2 - 0.05 - MARGIN + 0.05


def test_nothing_is_waited_for_while_nothing_is_painted_or_painting_is_quicker():
    pacing = Pacing()
    pacing.began("synthesize")
    assert waited(pacing) < 0.02, "nobody knows how long it takes"
    calls(pacing, segment=0.05, paint=0.2)
    assert waited(pacing) < 0.02, "nothing is painted"
    calls(pacing, segment=0.4, paint=0.2)
    pacing.began("synthesize")
    assert waited(pacing) < 0.02, "the segmenter takes longer"


def test_the_wait_ends_with_the_painting_and_at_the_latest_after_a_quarter_of_a_second():
    pacing = Pacing()
    calls(pacing, segment=0.0, paint=30.0)
    began = pacing.began("synthesize")
    assert waited(pacing) < LONGEST + 0.1
    threading.Timer(0.05, pacing.ended, ("synthesize", began)).start()
    assert waited(pacing) < 0.2
