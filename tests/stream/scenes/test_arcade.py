import itertools

import cv2
import numpy as np
import pytest

from engines.labels import UNLABELLED, LabelSpace
from stream.scenes.arcade import ARCADE_COLOURS, Arcade
from stream.scenes.arcade.terrain import Terrain
from stream.scenes.coco_ids import Label

SPACE = LabelSpace.load("coco-stuff")
ANIMALS = (Label.SHEEP, Label.BEAR)


def number(colour: str) -> int:
    return int(colour[1:], 16)


def labels_of(image: np.ndarray) -> np.ndarray:
    """Look each pixel's label up by its colour; -1 for a colour that is not listed."""
    numbers = image[..., 2].astype(int) << 16 | image[..., 1].astype(int) << 8 | image[..., 0]
    table = np.full(1 << 24, -1, np.int16)
    for colour, name in ARCADE_COLOURS:
        table[number(colour)] = UNLABELLED if name is None else SPACE.id(name)
    return table[numbers]


@pytest.fixture(scope="module")
def half_a_minute() -> list[np.ndarray]:
    """Return the label maps of 30 seconds at 30 frames a second, a pixel a square."""
    game = Arcade(2, (320, 180))
    return [game.at(index).labels for index in range(900)]


@pytest.mark.parametrize("size", [(1280, 720), (320, 180), (360, 640), (500, 500), (854, 480)])
def test_each_colour_is_exactly_one_label_s(size: tuple[int, int]) -> None:
    for seed in range(3):
        game = Arcade(seed, size)
        for index in (0, 7, 333, 123_456 + 37 * seed, 90_000_000):
            drawn = game.at(index)
            assert np.array_equal(labels_of(drawn.image), drawn.labels)


def test_colours_of_different_labels_lie_clearly_apart() -> None:
    bgr = [[int(colour[at : at + 2], 16) / 255 for at in (5, 3, 1)] for colour, _ in ARCADE_COLOURS]
    lab = cv2.cvtColor(np.array([bgr], np.float32), cv2.COLOR_BGR2LAB)[0]
    assert len({colour for colour, _ in ARCADE_COLOURS}) == len(ARCADE_COLOURS)
    for one, (_, name) in zip(lab, ARCADE_COLOURS, strict=True):
        for other, (_, its) in zip(lab, ARCADE_COLOURS, strict=True):
            assert name == its or np.linalg.norm(one - other) >= 14


@pytest.mark.parametrize("size", [(320, 180), (180, 320), (240, 240)])
@pytest.mark.parametrize("seed", range(3))
def test_every_colour_comes_within_half_a_minute(seed: int, size: tuple[int, int]) -> None:
    game, seen = Arcade(seed, size), set()
    for second in np.arange(0, 30, 0.5):
        pixels = game.at(int(30 * second)).image.reshape(-1, 3).astype(int)
        seen |= set(np.unique(pixels @ [1, 256, 65536]))
    assert seen == {number(colour) for colour, _ in ARCADE_COLOURS}


@pytest.mark.parametrize(
    ("size", "square"), [((1280, 720), 4), ((854, 480), 3), ((720, 1280), 4), ((1000, 1000), 4)]
)
def test_the_picture_is_of_equal_squares(size: tuple[int, int], square: int) -> None:
    drawn = Arcade(1, size).at(100)
    for whole in (drawn.image, drawn.labels, drawn.motion):
        again = whole[::square, ::square].repeat(square, axis=0).repeat(square, axis=1)
        assert np.array_equal(again[: size[1], : size[0]], whole)


@pytest.mark.parametrize(("rate", "squares"), [(60.0, 1), (30.0, 2)])
def test_the_ground_moves_by_the_same_whole_squares_in_every_frame(rate: float, squares: int) -> None:
    game = Arcade(0, (640, 360), rate)
    step = 2 * squares
    for index in range(40, 100):
        here, there = (game.at(number).image[-50:] for number in (index, index + 1))
        assert np.array_equal(here[:, step:], there[:, :-step])
        assert (game.at(index).motion[-50:] == (-step, 0)).all()


def test_what_is_far_moves_slower() -> None:
    game = Arcade(0, (320, 180), 60.0)
    moved = {label: 0.0 for label in (Label.CLOUDS, Label.MOUNTAIN, Label.TREE)}
    for index in range(100, 148):
        drawn = game.at(index)
        for label in moved:
            (dx,) = np.unique(drawn.motion[drawn.labels == label][:, 0])
            moved[label] += dx
    assert moved == {Label.CLOUDS: -6, Label.MOUNTAIN: -12, Label.TREE: -48}


@pytest.mark.parametrize("size", [(320, 180), (180, 320), (60, 1000)])
def test_mountains_and_hills_keep_their_shapes_as_they_go_by(size: tuple[int, int]) -> None:
    terrain = Terrain(3, size[1], size[0])
    for layer in (terrain.mountains, terrain.hills):
        for left in range(-200, 600, 7):
            assert np.array_equal(layer(left)[:, 1:], layer(left + 1)[:, :-1])


def test_the_player_stays_within_the_middle_third() -> None:
    for size in ((320, 180), (180, 320), (240, 240), (1280, 720)):
        game = Arcade(4, size)
        for index in range(0, 600, 31):
            columns = np.flatnonzero((game.at(index).labels == Label.PERSON).any(axis=0))
            assert size[0] / 3 <= columns.min()
            assert columns.max() < size[0] * 2 / 3


def test_the_player_jumps_over_every_pit_and_animal(half_a_minute: list[np.ndarray]) -> None:
    jumped = set()
    for labels in half_a_minute:
        person = labels == Label.PERSON
        feet = np.where(person.any(axis=0), 179 - person[::-1].argmax(axis=0), -1)
        for label in (*ANIMALS, Label.WATER_OTHER):
            below = labels == label
            tops = np.where(below.any(axis=0), below.argmax(axis=0), 180)
            meets = (feet >= 0) & (tops < 180)
            assert (feet[meets] < tops[meets]).all()
            if meets.sum() > 8:
                jumped.add(label)
    assert jumped == {*ANIMALS, Label.WATER_OTHER}


def test_legs_run_in_four_poses(half_a_minute: list[np.ndarray]) -> None:
    poses = set()
    for labels in half_a_minute[:300]:
        rows, columns = np.nonzero(labels == Label.PERSON)
        if rows.max() == 144:  # on the ground
            box = labels[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
            poses.add((box == Label.PERSON).tobytes())
    assert len(poses) == 4


def test_animals_come_towards_the_player(half_a_minute: list[np.ndarray]) -> None:
    for label in (*ANIMALS, Label.BIRD):
        lefts = [
            int(np.flatnonzero(seen.any(axis=0)).min()) if (seen := labels == label).any() else None
            for labels in half_a_minute
        ]
        steps = [
            b - a for a, b in itertools.pairwise(lefts) if a is not None and b is not None and b < a and a > 0
        ]
        assert np.median(steps) < -2  # the ground itself moves by two


def test_only_the_score_line_has_no_label(half_a_minute: list[np.ndarray]) -> None:
    for labels in half_a_minute[::30]:
        rows = np.flatnonzero((labels == UNLABELLED).any(axis=1))
        assert 0 < rows.min() <= rows.max() < 12
    first, later = half_a_minute[0] == UNLABELLED, half_a_minute[600] == UNLABELLED
    assert (first != later).any()  # it counts
