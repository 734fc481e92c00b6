"""What steadiness is worth: little flicker where nothing moves, and nothing lost where something does."""

import threading
from itertools import islice

import cv2
import numpy as np
import pytest

from benchmarks.noise import noisy_camera
from benchmarks.steady import along_motion, flip_rate, measure_steady, miou
from engines.bundle import open_bundle
from stream.controls import STEADINESS, Controls
from stream.sources import open_source
from stream.stages import open_stages

BUNDLE = open_bundle("small")


def watched(frames, steadiness, backend="auto"):
    settings = Controls(BUNDLE.card.segment.space, BUNDLE.card.synthesize.space, steadiness=steadiness)
    with open_stages(BUNDLE, settings, backend=backend)[0] as segment:
        return np.stack([segment(frame).labels for frame in frames])


def test_flips_motion_and_truth_are_counted_as_they_say():
    maps = np.zeros((3, 4, 4), np.uint8)
    maps[1, 0], maps[2, 0] = 7, 7
    assert flip_rate(maps) == 4 / 32
    assert miou(maps[1:2], maps[1:2]) == 1.0
    assert miou(maps[0:1], maps[1:2]) == pytest.approx((0 + 12 / 16) / 2)
    down = np.zeros((4, 4, 2), np.float32)
    down[..., 1] = 1
    falling = np.stack([np.roll(maps[1], step, 0) for step in range(3)])
    assert along_motion(falling, [down] * 3) == 1.0
    assert along_motion(falling, [0 * down] * 3) == 0.5


@pytest.mark.slow
def test_on_a_drawn_scene_nothing_is_lost_and_a_new_object_shows_at_once():
    found = measure_steady(BUNDLE, seconds=5)
    plain, steady = found["without"], found["with"]
    assert steady["still_flips"] <= min(0.005, 0.3 * plain["still_flips"])
    assert steady["miou"] >= plain["miou"] - 0.01
    assert steady["along_motion"] >= plain["along_motion"]
    assert steady["appears_ms"] <= 150


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["rooms", "nature", "people"])
def test_before_a_photo_a_noisy_camera_flickers_little(shared_data, kind):
    photo = cv2.imread(str(sorted((shared_data / kind / "photos").iterdir())[40]))
    plain, steady = (flip_rate(watched(noisy_camera(photo, 10), level)) for level in (0.0, STEADINESS))
    assert steady <= min(0.005, 0.3 * plain)


@pytest.mark.slow
@pytest.mark.parametrize("clip", ["asl_again", "asl_bird", "asl_please", "asl_student"])
def test_behind_a_person_who_moves_the_room_holds_still(shared_data, clip):
    source = open_source(str(shared_data / "clips" / f"{clip}.mkv"), pace=False)
    frames = list(islice(source.frames(threading.Event()), 90))
    source.close()
    plain, steady = (watched(frames, level) for level in (0.0, STEADINESS))
    person = np.stack([cv2.dilate((labels == 0).astype(np.uint8), np.ones((25, 25))) for labels in plain]) > 0
    beyond = ~(person[1:] | person[:-1])
    assert beyond.mean() > 0.1
    assert flip_rate(steady, beyond) <= 0.3 * flip_rate(plain, beyond)
