import threading
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from engines.errors import SourceError, UsageError
from engines.labels import LabelSpace
from stream.scenes import SCENES, mark, training_pair
from stream.scenes.coco_ids import Label
from stream.sources.scene import SceneSource

NAMES = list(SCENES)
UNLABELLED = {"arcade": {255}}  # its score line


@pytest.fixture(scope="module")
def scene() -> Callable[[str], object]:
    made = {name: SCENES[name](3, (320, 180)) for name in NAMES}
    return lambda name: made[name]


def test_label_ids_are_those_of_the_label_space() -> None:
    space = LabelSpace.load("coco-stuff")
    assert {label.name.lower().replace("_", " ") for label in Label} == {
        space.name(label).replace("-", " ") for label in Label
    }
    for label in Label:
        assert space.name(label).replace("-", " ") == label.name.lower().replace("_", " ")


@pytest.mark.parametrize("name", NAMES)
def test_a_frame_depends_on_seed_size_rate_and_index_alone(name: str, scene) -> None:
    first = scene(name)
    for index in (77, 5, 90_000):  # out of order: what was drawn before must not matter
        again = SCENES[name](3, (320, 180)).at(index)
        drawn = first.at(index)
        assert np.array_equal(drawn.image, again.image)
        assert np.array_equal(drawn.labels, again.labels)
        assert np.array_equal(drawn.motion, again.motion)
    faster = SCENES[name](3, (320, 180), 60.0)
    assert np.array_equal(faster.at(154).labels, first.at(77).labels)
    assert not np.array_equal(SCENES[name](4, (320, 180)).at(5).labels, first.at(5).labels)


@pytest.mark.parametrize("name", NAMES)
def test_shapes_and_types_are_as_promised_and_every_pixel_but_the_score_is_labelled(name: str, scene) -> None:
    drawn = scene(name).at(40)
    assert (drawn.image.shape, drawn.image.dtype) == ((180, 320, 3), np.uint8)
    assert (drawn.labels.shape, drawn.labels.dtype) == ((180, 320), np.uint8)
    assert (drawn.motion.shape, drawn.motion.dtype) == ((180, 320, 2), np.float32)
    assert set(np.unique(drawn.labels)) <= set(Label) | UNLABELLED.get(name, set())


@pytest.mark.parametrize("size", [(1, 1), (1, 64), (97, 3), (33, 61), (360, 640), (2000, 40)])
@pytest.mark.parametrize("name", NAMES)
def test_every_scene_draws_at_any_size(name: str, size: tuple[int, int]) -> None:
    drawn = SCENES[name](1, size).at(9)
    assert drawn.image.shape == (size[1], size[0], 3)
    assert drawn.labels.shape == (size[1], size[0])
    if name not in UNLABELLED:
        assert (drawn.labels != 255).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_scene_moves_and_does_not_come_back_within_minutes(name: str, scene) -> None:
    film = scene(name)
    views = {film.at(index).labels.tobytes() for index in range(0, 9000, 300)}
    assert len(views) == 30


@pytest.mark.parametrize("name", NAMES)
def test_labels_lie_where_the_picture_changes(name: str, scene) -> None:
    """Colours jump far more at true label borders than at borders shifted by three pixels."""
    drawn = scene(name).at(21)
    grey = cv2.cvtColor(drawn.image, cv2.COLOR_BGR2GRAY).astype(np.float32)
    jump = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))

    def at_borders(labels: np.ndarray) -> float:
        border = np.zeros(labels.shape, bool)
        border[:, 1:] |= labels[:, 1:] != labels[:, :-1]
        border[1:] |= labels[1:] != labels[:-1]
        return float(jump[border].mean())

    assert at_borders(drawn.labels) > 1.25 * at_borders(np.roll(drawn.labels, (4, 4), (0, 1)))


@pytest.mark.parametrize("name", NAMES)
def test_motion_leads_to_the_same_thing_in_the_next_frame(name: str, scene) -> None:
    film = scene(name)
    here, there = film.at(33), film.at(34)
    height, width = here.labels.shape
    rows, columns = np.mgrid[0:height, 0:width]
    x = np.round(columns + here.motion[..., 0]).astype(int)
    y = np.round(rows + here.motion[..., 1]).astype(int)
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    same = here.labels[inside] == there.labels[y[inside], x[inside]]
    assert same.mean() > 0.97
    standing = (here.labels == there.labels)[inside].mean()
    assert same.mean() > standing  # following the motion is better than staying


def test_motion_of_a_moving_thing_is_measured_in_pixels() -> None:
    film = SCENES["street"](2, (640, 360))
    drawn, later = film.at(10), film.at(11)
    cars = drawn.labels == Label.CAR
    moved = np.abs(drawn.motion[cars][:, 0]).mean()
    following = cv2.remap(
        later.image, (np.mgrid[0:360, 0:640][1] + drawn.motion[..., 0]).astype(np.float32),
        (np.mgrid[0:360, 0:640][0] + drawn.motion[..., 1]).astype(np.float32), cv2.INTER_LINEAR,
    )  # fmt: skip
    error = np.abs(following.astype(int) - drawn.image)[cars].mean()
    staying = np.abs(later.image.astype(int) - drawn.image)[cars].mean()
    assert moved > 2
    assert error < staying / 2


def test_the_duel_shows_two_people_with_sticks_before_mountains() -> None:
    seen = set()
    for seed in range(3):
        labels = SCENES["duel"](seed, (320, 180)).at(30).labels
        assert {Label.PERSON, Label.BASEBALL_BAT, Label.MOUNTAIN, Label.SKY_OTHER} <= set(np.unique(labels))
        people = cv2.connectedComponentsWithStats((labels == Label.PERSON).astype(np.uint8))[2][1:, 4]
        assert (people > 400).sum() == 2
        seen |= set(np.unique(labels))
    assert {Label.SAND, Label.SNOW} <= seen


def test_training_pairs_are_reproducible_and_various() -> None:
    rng = np.random.default_rng(5)
    pairs = [training_pair(rng, (160, 96)) for _ in range(12)]
    again = training_pair(np.random.default_rng(5), (160, 96))
    assert np.array_equal(pairs[0][0], again[0])
    assert np.array_equal(pairs[0][1], again[1])
    assert all(image.shape == (96, 160, 3) and labels.shape == (96, 160) for image, labels in pairs)
    assert len(np.unique(np.concatenate([labels.ravel() for _, labels in pairs]))) > 15


def test_a_source_as_fast_as_possible_gives_every_index_once() -> None:
    source = SceneSource("duel", {"size": "64x36", "seconds": "1.5", "rate": "20"}, pace=False)
    frames = list(source.frames(threading.Event()))
    assert not source.live
    assert source.frame_count == 30
    assert source.rate == 20
    assert not source.mirrored
    assert [frame.index for frame in frames] == list(range(30))
    assert frames[10].pts == 0.5
    assert frames[10].captured_at <= frames[11].captured_at
    assert np.array_equal(frames[7].image, source.scene.at(7).image)
    source.close()


@pytest.mark.alone
def test_a_paced_source_skips_late_frames_and_keeps_its_time() -> None:
    source = SceneSource("duel", {"size": "32x18", "rate": "500", "seconds": "1"})
    assert source.live
    stop = threading.Event()
    frames = source.frames(stop)
    first = next(frames)
    threading.Event().wait(0.05)  # a slow reader
    second = next(frames)
    assert first.index == 0
    assert second.index >= 25
    assert second.captured_at - first.captured_at >= second.pts - first.pts - 0.01
    last = [frame.index for frame in frames]
    assert last == sorted(set(last))
    assert last[-1] < 500


def test_a_paced_source_that_waits_for_its_next_frame_ends_at_once_when_stopped() -> None:
    source = SceneSource("duel", {"size": "32x18", "rate": "0.01"})
    stop = threading.Event()
    frames = source.frames(stop)
    next(frames)
    threading.Timer(0.05, stop.set).start()
    assert list(frames) == []


def test_mark_draws_the_index_into_every_frame() -> None:
    source = SceneSource("street", {"mark": "1", "size": "192x108", "seconds": "0.2"}, pace=False)
    assert [mark.read(frame.image) for frame in source.frames(threading.Event())] == list(range(6))


@pytest.mark.parametrize(("name", "words"), [("dual", "Did you mean 'duel'"), ("", "Known: duel")])
def test_a_scene_that_is_not_there_is_like_any_other_input_that_is_not(name: str, words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        SceneSource(name, {})
    assert (caught.value.kind, caught.value.exit_code) == ("not found", 1)


@pytest.mark.parametrize(
    ("name", "query", "words"),
    [
        ("duel", {"sed": "1"}, "Did you mean 'seed'"),
        ("duel", {"colour": "1"}, "Known: rate, size, seed, seconds, mark"),
        ("duel", {"rate": "0"}, "above 0"),
        ("duel", {"rate": "-3"}, "above 0"),
        ("duel", {"rate": "nan"}, "above 0"),
        ("duel", {"rate": "inf"}, "above 0"),
        ("duel", {"rate": "fast"}, "rate=fast"),
        ("duel", {"size": "0x0"}, "size=640x360"),
        ("duel", {"size": "640"}, "WIDTHxHEIGHT"),
        ("duel", {"size": "640x9999"}, "1 to 7680"),
        ("duel", {"size": "-5x5"}, "WIDTHxHEIGHT"),
        ("duel", {"seed": "x"}, "whole number"),
        ("duel", {"seconds": "0"}, "above 0"),
        ("duel", {"mark": "yes"}, "mark=1"),
        ("duel", {"mark": "1", "size": "64x36"}, "96x48"),
    ],
)
def test_invalid_options_are_refused_with_a_remedy(name: str, query: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        SceneSource(name, query)
    assert words in str(caught.value)
    assert caught.value.exit_code == 2
