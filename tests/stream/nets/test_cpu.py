"""The two nets on the processor, on a drawn frame."""

import threading

import numpy as np
import pytest

from engines.bundle import NETS, Bundle, open_bundle
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


def drawn(size, seconds):
    """Return the frames of a scene, size WIDTHxHEIGHT."""
    scene = SceneSource("duel", {"size": size, "seconds": str(seconds)}, pace=False)
    return list(scene.frames(threading.Event()))


def test_an_engine_is_opened_once_for_each_size_that_frames_need(monkeypatch):
    opened = []
    real = Bundle.open

    def watched(bundle, net, *words, **options):
        opened.append((net, bundle.sizes[0]))
        return real(bundle, net, *words, **options)

    monkeypatch.setattr(Bundle, "open", watched)
    controls = Controls(BUNDLE.card.segment.space, BUNDLE.card.synthesize.space)
    (wide,), (upright,) = (drawn(size, 0.03) for size in ("320x180", "180x320"))
    segment, synthesize = open_stages(BUNDLE, controls, threads=1)
    with segment, synthesize:
        assert [size for _, size in opened] == [(192, 352)] * 2  # most cameras are 16:9
        shapes = [synthesize(segment(frame)).picture.shape for frame in (wide, upright, wide, upright)]
    assert shapes == [(192, 352, 3), (352, 192, 3)] * 2
    assert sorted(opened) == sorted((net, size) for net in NETS for size in ((192, 352), (352, 192)))


def test_other_proportions_are_another_film():
    controls = Controls(BUNDLE.card.segment.space, BUNDLE.card.synthesize.space, steadiness=1.0)
    frames = list(
        SceneSource("duel", {"size": "320x180", "seconds": "0.3"}, pace=False).frames(threading.Event())
    )
    (upright,) = SceneSource("duel", {"size": "180x320", "seconds": "0.03"}, pace=False).frames(
        threading.Event()
    )
    with open_stages(BUNDLE, controls, threads=1)[0] as segment:
        first = segment(frames[-1]).labels
        segment.forget()
        for frame in frames[:-1]:
            segment(frame)
        segment(upright)
        assert np.array_equal(segment(frames[-1]).labels, first)
