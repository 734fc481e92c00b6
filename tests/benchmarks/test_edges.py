import numpy as np
import pytest

from benchmarks.edges import boundary_score, count_borders

PERSON, SKY, GRASS = 0, 156, 123


def square(left: int, other: int = SKY) -> np.ndarray:
    labels = np.full((64, 64), other, np.uint8)
    labels[16:48, left : left + 32] = PERSON
    return labels


def test_borders_that_lie_right_score_one_and_far_ones_less() -> None:
    assert boundary_score([count_borders(square(16), square(16))]) == 1
    near = boundary_score([count_borders(square(18), square(16))])
    far = boundary_score([count_borders(square(26), square(16))])
    assert near == 1 and far < 0.8


def test_a_border_within_a_group_or_beside_the_unknown_is_none() -> None:
    dogs = square(16)
    dogs[dogs == PERSON] = 17
    dogs[24:40, 24:40] = 18  # a horse in a dog: both are animals
    alone = square(16)
    alone[alone == PERSON] = 17
    assert count_borders(dogs, alone).found == count_borders(alone, alone).found
    unknown = np.full((64, 64), 255, np.uint8)
    assert np.isnan(boundary_score([count_borders(square(16), unknown)]))


def test_pictures_count_by_their_borders() -> None:
    right, wrong = count_borders(square(16), square(16)), count_borders(square(16), square(30))
    both = boundary_score([right, wrong])
    assert boundary_score([wrong]) < both < 1
    assert both == pytest.approx(boundary_score([wrong, right]))
