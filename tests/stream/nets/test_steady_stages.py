"""The segment stage with a memory: it holds labels still, and forgets them when its source jumps."""

import threading
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from benchmarks.flicker import flip_rate
from benchmarks.noise import noisy_camera
from engines.bundle import open_bundle
from engines.errors import UsageError
from stream.controls import STEADINESS, Controls, steadiness_of
from stream.nets.cpu import open_stages
from stream.sources.scene import SceneSource

BUNDLE = open_bundle("small")


@pytest.fixture(scope="module", params=["640x360", "360x640", "480x480"])
def still(request):
    """Half a second before a camera that stands still: wide, upright and square."""
    image = SceneSource("street", {"size": request.param}, pace=False).scene.at(0).image
    return list(noisy_camera(image, 0.5))


@pytest.fixture
def controls():
    return Controls(BUNDLE.card.segment.space, BUNDLE.card.synthesize.space)


@pytest.fixture
def segment(controls):
    with open_stages(BUNDLE, controls, threads=1)[0] as stage:
        yield stage


def maps(segment, frames):
    return np.stack([segment(frame).labels for frame in frames])


def test_a_still_picture_flickers_less_and_at_once_again_when_the_viewer_turns_it_off(
    segment, controls, still
):
    steady = flip_rate(maps(segment, still))
    controls.steadiness = 0.0
    plain = flip_rate(maps(segment, still))
    assert steady <= 0.3 * plain


@pytest.mark.parametrize("jump", [-5.0, 2.0], ids=["back to its beginning", "over a gap"])
def test_a_source_that_jumps_is_seen_as_if_for_the_first_time(segment, still, jump):
    first = segment(still[0]).labels
    maps(segment, still[1:10])
    again = replace(still[0], pts=still[9].pts + jump)
    assert np.array_equal(segment(again).labels, first)


def test_frozen_labels_do_not_move_and_afterwards_they_follow(segment, controls, still):
    maps(segment, still[:5])
    kept = segment(still[5]).labels
    controls.frozen = True
    black = [replace(frame, image=np.zeros_like(frame.image)) for frame in still[6:9]]
    assert all(np.array_equal(labels, kept) for labels in maps(segment, black))
    controls.frozen = False
    assert not np.array_equal(segment(black[-1]).labels, kept)


def test_steadiness_is_refused_by_name_where_there_is_no_memory():
    part = msgspec.structs.replace(BUNDLE.card.segment, state={})
    plain = replace(BUNDLE, card=msgspec.structs.replace(BUNDLE.card, segment=part))
    assert steadiness_of(plain, None) is None
    with pytest.raises(UsageError, match="no memory, so steadiness"):
        steadiness_of(plain, 0.5)
    assert steadiness_of(BUNDLE, None) == STEADINESS
    assert steadiness_of(BUNDLE, 0.0) == 0.0
    with pytest.raises(UsageError, match="from 0"):
        steadiness_of(BUNDLE, float("nan"))


def test_no_memory_no_steadiness_is_still_the_net_itself(segment, controls):
    controls.steadiness = None
    frames = list(SceneSource("duel", {"seconds": "0.2"}, pace=False).frames(threading.Event()))
    running = maps(segment, frames)
    alone = [segment(replace(frame, pts=0.0)).labels for frame in frames]
    assert np.array_equal(running, alone)
