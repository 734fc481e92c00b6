"""Labels that a photo's folder and name contradict."""

import cv2
import numpy as np

from export.train.data import Photo
from export.train.repairs import BEAR, BUILDING, PAVEMENT, SAND, SNOW, repair

DOG, GRASS, FLOOR, WALL, SKY, MOUNTAIN, GROUND, TV = 17, 123, 114, 172, 156, 134, 125, 71


def halves(above: int, below: int) -> np.ndarray:
    return np.repeat(np.array([above, below], np.uint8), 64)[:, None].repeat(128, 1)


def test_a_bear_and_snow_are_named_by_their_photo() -> None:
    white = np.full((128, 128, 3), 240, np.uint8)
    named = repair(Photo("things", "n02134084_ice_bear", white, halves(DOG, GRASS))).labels
    assert set(np.unique(named)) == {BEAR, SNOW}


def test_a_photo_that_says_nothing_keeps_its_labels() -> None:
    white = np.full((128, 128, 3), 240, np.uint8)
    labels = halves(DOG, GRASS)
    for folder, name in (
        ("things", "n02099601_golden_retriever"),
        ("people", "0001"),
        ("homes", "kitchen_0001"),
    ):
        np.testing.assert_array_equal(repair(Photo(folder, name, white, labels)).labels, labels)


def test_a_bear_gets_its_whole_outline() -> None:
    rng = np.random.default_rng(0)
    true = np.zeros((192, 192), np.uint8)
    cv2.ellipse(true, (96, 96), (60, 45), 0, 0, 360, 1, -1)
    image = np.where(true[..., None] > 0, (40, 60, 90), (90, 170, 80)) + rng.normal(0, 6, (192, 192, 3))
    labels = np.where(true > 0, BEAR, GRASS).astype(np.uint8)
    cv2.circle(labels, (110, 100), 14, WALL, -1)  # a hole in it
    labels[:, :60][true[:, :60] > 0] = GRASS  # and a piece that was missed
    named = repair(Photo("animals", "grizzly_0001", image.clip(0, 255).astype(np.uint8), labels)).labels
    bear = named == BEAR
    before = (labels == BEAR)[true > 0].mean()
    assert bear[true > 0].mean() > before + 0.05 and bear[true == 0].mean() < 0.02
    assert not (named == WALL).any()


def test_no_wall_stands_behind_a_bear() -> None:
    green = np.full((128, 128, 3), (60, 160, 70), np.uint8)
    labels = halves(WALL, FLOOR)
    labels[40:60, 40:80] = BEAR
    named = repair(Photo("animals", "black_0001", green, labels)).labels
    assert not np.isin(named, (WALL, FLOOR)).any()


def test_the_front_of_a_house_is_a_building() -> None:
    grey = np.full((128, 128, 3), 128, np.uint8)
    named = repair(Photo("homes", "house_0001", grey, halves(WALL, FLOOR))).labels
    assert set(np.unique(named)) == {BUILDING, PAVEMENT}


def test_dunes_are_sand_and_white_peaks_are_snow() -> None:
    blue, sandy, white = (200, 140, 90), (90, 150, 200), (245, 240, 240)
    dunes, peaks = np.zeros((2, 128, 128, 3), np.uint8)
    dunes[:64], dunes[64:], peaks[:64], peaks[64:] = blue, sandy, blue, white
    assert (repair(Photo("land", "scene_0001", dunes, halves(SKY, GROUND))).labels[70:] == SAND).all()
    assert (repair(Photo("land", "scene_0002", peaks, halves(SKY, MOUNTAIN))).labels[70:] == SNOW).all()
    assert (repair(Photo("land", "scene_0003", peaks, halves(SKY, TV))).labels[70:] == 255).all()
