"""Swaps by clicks, on top of those by option and file."""

import pytest

from engines.labels import UNLABELLED, LabelSpace
from neteyes.clicked_swaps import ClickedSwaps
from stream.controls import Controls

SPACE = LabelSpace.load("coco-stuff")
PERSON, BEAR, CAT, DOG, SKY, SEA = (SPACE.id(name) for name in ("person", "bear", "cat", "dog", "sky", "sea"))


@pytest.fixture
def controls():
    return Controls(SPACE, SPACE)


@pytest.fixture
def clicked(controls):
    clicked = ClickedSwaps(controls)
    clicked.use({"sky": "sea"})
    return clicked


def test_a_click_swaps_one_label_and_leaves_the_others(clicked, controls):
    clicked.swap(PERSON, BEAR)
    assert [controls.swap[label] for label in (PERSON, SKY, CAT)] == [BEAR, SEA, CAT]
    assert clicked.painted_as(PERSON) == BEAR
    assert clicked.painted_as(CAT) is None
    assert controls.swap[UNLABELLED] == UNLABELLED


def test_taking_back_uncovers_the_swap_of_the_file_and_then_the_label_itself(clicked, controls):
    clicked.swap(SKY, CAT)
    seen = []
    for _ in range(3):
        clicked.take_back(SKY)
        seen.append(controls.swap[SKY])
    assert seen == [SEA, SKY, SKY]


def test_a_click_outlasts_a_change_of_other_labels_in_the_file(clicked, controls):
    clicked.swap(PERSON, BEAR)
    clicked.use({"sky-other": "sea", "dog": "cat"})
    assert [controls.swap[label] for label in (PERSON, SKY, DOG)] == [BEAR, SEA, CAT]


def test_a_new_swap_in_the_file_replaces_the_click_on_that_label(clicked, controls):
    clicked.swap(PERSON, BEAR)
    clicked.swap(SKY, CAT)
    clicked.use({"person": "dog", "sky": "sea"})
    assert [controls.swap[label] for label in (PERSON, SKY)] == [DOG, CAT]
