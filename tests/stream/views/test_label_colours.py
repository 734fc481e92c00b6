import cv2
import numpy as np
import pytest

from engines.labels import LabelSpace
from stream.views.label_colours import GROUPS, UNLABELLED_BGR, bgr_from_oklch, palette

COCO = LabelSpace.load("coco-stuff")


def hue(name: str) -> int:
    """OpenCV's hue of a label: 0 red, 60 green, 120 blue."""
    colour = palette(COCO)[COCO.id(name)]
    return int(cv2.cvtColor(colour[None, None], cv2.COLOR_BGR2HSV)[0, 0, 0])


def test_every_label_has_a_colour_of_its_own() -> None:
    colours = palette(COCO)
    assert colours.shape == (256, 3)
    assert len({tuple(colour) for colour in colours[: len(COCO)]}) == len(COCO)


@pytest.mark.parametrize(
    "often_together",
    [
        "person wall-other floor-other chair table dog tv door-stuff window-other ceiling-other curtain",
        "person sky-other clouds tree grass road building-other water-other car mountain sand",
    ],
)
def test_labels_that_often_touch_are_easy_to_tell_apart(often_together: str) -> None:
    colours = palette(COCO)[[COCO.id(name) for name in often_together.split()]]
    lab = cv2.cvtColor(np.float32(colours[None] / 255), cv2.COLOR_BGR2LAB)[0]
    apart = np.linalg.norm(lab[:, None] - lab[None], axis=2) + 1e3 * np.eye(len(lab))
    assert apart.min() > 12


def test_the_sky_is_blue_trees_are_green_and_people_warm() -> None:
    assert 95 <= hue("sky-other") <= 115
    assert 40 <= hue("tree") <= 75
    assert hue("person") <= 12


def test_what_has_no_label_is_dark_grey() -> None:
    assert (palette(COCO)[[len(COCO), 255]] == UNLABELLED_BGR).all()


def test_a_name_keeps_its_colour_in_every_label_space() -> None:
    voc = LabelSpace.load("voc")
    for name in ("person", "dog", "car", "bottle"):
        assert (palette(voc)[voc.id(name)] == palette(COCO)[COCO.id(name)]).all()


def test_names_that_nobody_foresaw_have_colours_too() -> None:
    colours = palette(LabelSpace("mine", ("person", "unicorn", "dragon")))
    assert len({tuple(colour) for colour in colours[:4]}) == 4


def test_no_name_is_in_two_groups() -> None:
    names = [name for group in GROUPS for name in group.members.split(", ")]
    assert len(names) == len(set(names))
    assert set(COCO.names) <= set(names)


@pytest.mark.parametrize(
    ("oklch", "bgr"),
    [((1, 0, 0), (255, 255, 255)), ((0, 0, 0), (0, 0, 0)), ((0.62796, 0.25768, 29.234), (0, 0, 255))],
)
def test_oklch_gives_the_published_colours(oklch: tuple[float, ...], bgr: tuple[int, ...]) -> None:
    assert bgr_from_oklch(*oklch) == pytest.approx(bgr, abs=1)
