"""What the shipped pair is like: that it knows a person from a wall, and that a swap stays in its place."""

import itertools
import threading

import cv2
import numpy as np
import pytest

from engines.backends import open_engine
from engines.bundle import open_bundle
from engines.infer_once import host_inference
from engines.labels import swap_table
from stream.fit import Fit
from stream.sources import open_source

BUNDLE = open_bundle("small")
SPACE = BUNDLE.card.segment.space
FIT = Fit("crop", BUNDLE.card.segment.size)
PERSON = SPACE.id("person")


@pytest.fixture(scope="module")
def nets():
    """Both nets as functions of arrays."""

    def opened(path, part):
        ask = host_inference(open_engine(path, precision=part.precision))
        return lambda **inputs: ask(inputs)

    card = BUNDLE.card
    return opened(BUNDLE.segment, card.segment), opened(BUNDLE.synthesize, card.synthesize)


def some_frames(name, count=3, apart=20):
    source = open_source(name, pace=False)
    try:
        frames = source.frames(threading.Event())
        return [FIT.to_net(next(frames).image) for place in range(count * apart) if place % apart == 0]
    finally:
        source.close()


def area(mask):
    return int(np.count_nonzero(mask))


def test_it_finds_the_two_who_fight_and_the_sky_above_them(nets):
    segment, _ = nets
    source = open_source("scene://duel?size=512x512", pace=False)
    for frame, _ in zip(source.frames(threading.Event()), range(3), strict=False):
        true = cv2.resize(source.scene.at(frame.index).labels, (256, 256), interpolation=cv2.INTER_NEAREST)
        seen = segment(frame=FIT.to_net(frame.image))
        for name in ("person", "sky-other"):
            label = SPACE.id(name)
            both, either = area((seen == label) & (true == label)), area((seen == label) | (true == label))
            assert both / either > 0.5, name


@pytest.mark.parametrize("clip", ["asl_again", "asl_bird", "asl_please", "asl_student"])
def test_before_a_webcam_the_person_is_one_steady_blob(nets, shared_data, clip):
    segment, _ = nets
    persons = [
        (segment(frame=frame) == PERSON).astype(np.uint8)
        for frame in some_frames(str(shared_data / "clips" / f"{clip}.mkv"), count=6, apart=8)
    ]
    for person in persons:
        assert area(person) > 0.15 * person.size
        _, _, sizes, _ = cv2.connectedComponentsWithStats(person)
        assert sizes[1:, cv2.CC_STAT_AREA].max() > 0.9 * area(person)
    for before, after in itertools.pairwise(persons):
        assert area(before & after) / area(before | after) > 0.75


def test_a_person_is_painted_unlike_a_wall(nets):
    _, synthesize = nets
    identity = swap_table(SPACE, SPACE)
    labels = np.full((256, 256), SPACE.id("wall-other"), np.uint8)
    labels[60:, 90:170] = PERSON
    picture = synthesize(labels=labels, swap=identity).astype(int)
    inside, outside = picture[80:240, 100:160].reshape(-1, 3), picture[80:240, :60].reshape(-1, 3)
    assert np.abs(inside.mean(0) - outside.mean(0)).max() > 20


@pytest.mark.parametrize("name", ["scene://duel", "scene://street", "asl_again.mkv", "01_dog.mp4"])
@pytest.mark.parametrize("new", ["tree", "bear"])
def test_a_swap_changes_the_labels_of_persons_only_and_the_picture_mostly_there(nets, request, name, new):
    segment, synthesize = nets
    if not name.startswith("scene"):
        name = str(request.getfixturevalue("shared_data") / "clips" / name)
    identity, swap = swap_table(SPACE, SPACE), swap_table(SPACE, SPACE, {"person": new})
    assert [label for label in range(182) if swap[label] != identity[label]] == [PERSON]
    inside, beyond = [], []
    for frame in some_frames(name):
        labels = segment(frame=frame)
        person = labels == PERSON
        before = synthesize(labels=labels, swap=identity).astype(int)
        change = np.abs(before - synthesize(labels=labels, swap=swap)).mean(2)
        near = cv2.dilate(person.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (33, 33)))
        inside.append(change[person].mean())
        beyond.append(change[near == 0].mean())
    assert np.mean(inside) >= 5 * np.mean(beyond)
