"""The painter's training: what it learns from, and that it learns, goes on, and gives a net that paints."""

from pathlib import Path

import numpy as np
import pytest
import torch

from engines.labels import LabelSpace
from export.checkpoints import load_spade
from export.nets.deeplab import DeepLabV3Plus
from export.nets.spade import SpadeConfig
from export.train.augment import Augment
from export.train.critic import Critic
from export.train.data import Batches, Pair, Photo
from export.train.fallback_labels import channel_table, painted_ids, siblings
from export.train.rare import BAT, BEAR, REFRIGERATOR, SNOW, DrawnThings, relabel
from export.train.segmaps import change_afar, segmap_of, swap_one
from export.train.train_painter import PainterTraining
from export.train.training import Plan, TrainingRun

TINY = SpadeConfig(len(painted_ids()), 4, 16, 8, kernel=1, grain=4, shuffle=True, plain_shortcut=True)
SKY, GRASS, DOG = 156, 123, 17


class Meadow:
    """Blue above green, labelled sky and grass."""

    def draw(self, rng: np.random.Generator) -> Pair:
        horizon = int(rng.integers(24, 40))
        image, labels = np.zeros((64, 64, 3), np.uint8), np.full((64, 64), GRASS, np.uint8)
        image[:] = (40, 160, 60)
        image[:horizon], labels[:horizon] = (230, 160, 90), SKY
        return image, labels


@pytest.fixture
def training() -> PainterTraining:
    torch.manual_seed(0)
    samples = np.stack([Meadow().draw(np.random.default_rng(1))[1]])
    return PainterTraining(
        TINY, Critic(DeepLabV3Plus((SKY, GRASS)), names=True), (np.zeros((1, 64, 64, 3), np.uint8), samples)
    )


def batches() -> Batches:
    plain = Augment(scale=(1.0, 1.0), aspect=1.0, whole=1.0, degrees=0.0, colour=0.0, damage=0.0)
    return Batches([(Meadow(), 1.0)], (64, 64), 2, plain)


def test_every_label_has_a_channel_or_a_sibling_that_has_one() -> None:
    space = LabelSpace.load("coco-stuff")
    trained, kin = set(painted_ids()), siblings()
    assert trained.isdisjoint(kin)
    assert trained | set(kin) == set(range(len(space)))
    assert set(kin.values()) <= trained


def test_siblings_paint_as_their_kin_and_the_rest_as_unlabelled() -> None:
    table, space = channel_table(), LabelSpace.load("coco-stuff")
    assert table[space.id("wall-brick")] == table[space.id("wall-other")]
    assert table[space.id("zebra")] == table[space.id("horse")]
    assert (table[182:] == len(painted_ids())).all()


def test_segmap_marks_each_pixel_once_and_both_sides_of_an_edge() -> None:
    channels = torch.tensor([[[0, 0, 1, 1]] * 4])
    segmap = segmap_of(channels, labels=2)
    assert segmap.shape == (1, 4, 4, 4)
    assert torch.equal(segmap[:, :3].sum(1), torch.ones(1, 4, 4))
    assert segmap[0, 3].tolist() == [[0, 1, 1, 0]] * 4


def test_a_swap_changes_one_label_into_another_and_says_where() -> None:
    torch.manual_seed(0)
    labels = torch.tensor([SKY, GRASS]).repeat_interleave(32)[None, :, None].expand(8, 64, 64)
    swapped, changed = swap_one(labels, (DOG,))
    assert (swapped[changed] == DOG).all()
    assert torch.equal(swapped[~changed], labels[~changed])
    assert (changed.flatten(1).sum(1) == 32 * 64).all()


def test_only_what_changes_far_from_a_swap_is_charged() -> None:
    changed = torch.zeros(1, 64, 64, dtype=torch.bool)
    changed[:, :, :8] = True
    before, near, afar = torch.zeros(3, 1, 3, 64, 64)
    near[..., :20] = 1
    afar[..., 40:] = 1
    assert change_afar(before, near, changed, reach=12) == 0
    assert change_afar(before, afar, changed, reach=12) > 0.4


def test_learns_which_label_is_blue_and_resumes_and_loads(training: PainterTraining, tmp_path: Path) -> None:
    TrainingRun(training, Plan(120, warm_up=1, save=60, judge=120), tmp_path).go(batches())
    painter = load_spade(tmp_path / "best.pt")
    assert painter.trained == painted_ids()
    labels = np.repeat(np.array([SKY, GRASS], np.uint8), 32)[:, None].repeat(64, 1)
    channels = torch.from_numpy(channel_table()[labels].astype(np.int64))[None]
    with torch.inference_mode():
        picture = painter.net(segmap_of(channels, painter.net.config.labels))[0]  # (3, 64, 64) RGB
    sky, grass = picture[:, 4:24].mean((1, 2)), picture[:, 40:60].mean((1, 2))
    assert sky[2] - sky[1] > grass[2] - grass[1]
    assert TrainingRun(training, Plan(120), tmp_path).step == 120


def test_a_bear_and_snow_are_named_by_their_photo() -> None:
    labels = np.repeat(np.array([DOG, GRASS], np.uint8), 32)[:, None].repeat(64, 1)
    white = np.full((64, 64, 3), 240, np.uint8)
    named = relabel(Photo("things", "n02134084_ice_bear", white, labels)).labels
    assert set(np.unique(named)) == {BEAR, SNOW}
    assert np.array_equal(
        relabel(Photo("things", "n02099601_golden_retriever", white, labels)).labels, labels
    )


def test_drawn_things_change_the_photo_where_they_are_labelled_and_nowhere_else() -> None:
    rng, seen = np.random.default_rng(0), set()
    for _ in range(20):
        before = Meadow().draw(np.random.default_rng(5))
        image, labels = DrawnThings(_Same(before)).draw(rng)
        drawn = np.isin(labels, (BAT, REFRIGERATOR))
        seen |= set(np.unique(labels[drawn]))
        assert np.array_equal(labels[~drawn], before[1][~drawn])
        far = ~_grown(drawn)
        assert np.array_equal(image[far], before[0][far])
    assert seen == {BAT, REFRIGERATOR}


class _Same:
    def __init__(self, pair: Pair) -> None:
        self._pair = pair

    def draw(self, rng: np.random.Generator) -> Pair:
        return self._pair


def _grown(mask: np.ndarray) -> np.ndarray:
    padded = np.pad(mask, 2)
    h, w = mask.shape
    return np.any([padded[y : y + h, x : x + w] for y in range(5) for x in range(5)], axis=0)
