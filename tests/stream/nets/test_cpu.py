"""The two nets on the processor, on a drawn frame."""

import threading

import numpy as np
import pytest

from engines.bundle import open_bundle
from stream.controls import Controls
from stream.nets.cpu import open_stages
from stream.sources.scene import SceneSource

pytest.importorskip("openvino")

BUNDLE = open_bundle("small")


def test_a_frame_keeps_what_was_seen_beside_what_was_painted():
    controls = Controls(BUNDLE.card.segment.space, BUNDLE.card.synthesize.space)
    controls.use_swaps({"person": "bear"})
    frame = next(SceneSource("duel", {"size": "320x180"}, pace=False).frames(threading.Event()))
    segment, synthesize, *_ = open_stages(BUNDLE, controls, threads=1)
    with segment, synthesize:
        shown = synthesize(segment(frame))
    person, bear = controls.seen.id("person"), controls.painted.id("bear")
    assert (shown.labels == person).any() and not (shown.painted_labels == person).any()
    assert np.array_equal(shown.painted_labels == bear, shown.labels == person)
