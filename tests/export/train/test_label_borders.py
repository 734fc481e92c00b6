import cv2
import numpy as np
import pytest

from benchmarks.edges import boundary_score, count_borders
from export.train.label_borders import Array, move_borders
from stream.scenes import training_pair

PERSON, SKY = 0, 156


def disc(centre: int, radius: int, side: int = 128) -> Array:
    picture = np.zeros((side, side), np.uint8)
    cv2.circle(picture, (centre, side // 2), radius, 1, -1)
    return picture


def test_a_border_moves_to_the_edge_that_it_missed() -> None:
    true, coarse = disc(64, 30), disc(67, 33)
    image = np.where(true[..., None] > 0, np.uint8([40, 60, 180]), np.uint8([220, 180, 150])).astype(np.uint8)
    moved = move_borders(image, np.where(coarse > 0, PERSON, SKY).astype(np.uint8))
    assert (moved != np.where(true > 0, PERSON, SKY)).mean() < 0.005


def test_labels_within_one_colour_stay_where_they_are() -> None:
    labels = np.full((96, 96), SKY, np.uint8)
    labels[:, :40] = 255
    moved = move_borders(np.full((96, 96, 3), 90, np.uint8), labels)
    assert set(np.unique(moved)) <= {SKY, 255}


@pytest.mark.parametrize("seed", [3, 4])
def test_borders_of_a_drawn_scene_that_were_made_coarse_come_back(seed: int) -> None:
    image, true = training_pair(np.random.default_rng(seed), (384, 288))
    small = cv2.resize(true, (true.shape[1] // 8, true.shape[0] // 8), interpolation=cv2.INTER_NEAREST)
    coarse = np.asarray(cv2.resize(small, true.shape[::-1], interpolation=cv2.INTER_NEAREST), np.uint8)
    before = boundary_score([count_borders(coarse, true)])
    after = boundary_score([count_borders(move_borders(image, coarse), true)])
    assert after > before
