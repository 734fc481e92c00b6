"""The painter's training: its data, its progress, resuming, and a net that paints."""

from pathlib import Path

import numpy as np
import pytest
import torch

from engines.labels import LabelSpace
from export.checkpoints import load_spade
from export.nets.deeplab import DeepLabV3Plus
from export.nets.spade import Generator, PictureWindow, SpadeConfig
from export.nets.squeezenet import SqueezeNet
from export.train.augment import Augment
from export.train.critic import Critic
from export.train.data import Batches, Pair
from export.train.drawn_things import BAT, REFRIGERATOR, DrawnThings
from export.train.fallback_labels import channel_table, painted_ids, siblings
from export.train.segmaps import segmap_of, swap_one
from export.train.train_painter import PainterTraining
from export.train.training import Plan, TrainingRun
from export.train.weight_init import initialise
from export.train.windows import choose_windows, cut

TINY = SpadeConfig(
    len(painted_ids()),
    4,
    16,
    8,
    kernel=1,
    grain=4,
    shuffle=True,
    plain_shortcut=True,
    look=4,
    smooth=True,
    finest=4,
)
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
    samples = np.stack([Meadow().draw(np.random.default_rng(seed))[1] for seed in (1, 2)])
    critic = Critic(DeepLabV3Plus((SKY, GRASS)), names=True)
    photos = np.random.default_rng(2).integers(0, 255, (2, 64, 64, 3)).astype(np.uint8)
    return PainterTraining(TINY, critic, SqueezeNet().eval(), (photos, samples), side=32)


def batches() -> Batches:
    plain = Augment(scale=(1.0, 1.0), aspect=1.0, whole=1.0, degrees=0.0, colour=0.0, damage=0.0)
    return Batches([(Meadow(), 1.0)], (64, 64), 2, plain)


def test_every_label_has_a_channel_or_a_sibling_that_has_one() -> None:
    space = LabelSpace.load("coco-stuff")
    trained, kin = set(painted_ids()), siblings()
    assert trained.isdisjoint(kin)
    assert trained | set(kin) == set(range(len(space)))
    assert set(kin.values()) <= trained


def test_siblings_paint_as_their_trained_label_and_the_rest_as_unlabelled() -> None:
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


def test_a_look_changes_the_picture_and_no_look_is_the_middle_one() -> None:
    torch.manual_seed(0)
    net = Generator(TINY).eval()
    initialise(net)
    segmap = segmap_of(torch.zeros(1, 64, 64, dtype=torch.int64), TINY.labels)
    with torch.inference_mode():
        middle, zero, other = net(segmap), net(segmap, torch.zeros(1, 4)), net(segmap, torch.ones(1, 4))
    torch.testing.assert_close(middle, zero)
    assert (other - middle).abs().mean() > 1e-3


def test_a_part_is_painted_with_the_grain_that_it_has_in_the_whole() -> None:
    net = Generator(TINY).eval()
    whole = net._grain(4, 6, torch.zeros(()))
    segmap = torch.zeros(2, TINY.labels + 2, 2, 2)
    parts = net._with_grain(segmap, 32, [PictureWindow(64, 128, 128, 192), PictureWindow(0, 32, 128, 192)])
    torch.testing.assert_close(parts[0, -TINY.grain :], whole[0, :, 2:4, 4:6])
    torch.testing.assert_close(parts[1, -TINY.grain :], whole[0, :, 0:2, 1:3])


def test_windows_lie_on_the_grid_and_sooner_where_something_is() -> None:
    torch.manual_seed(0)
    worth = torch.zeros(1, 256, 256)
    worth[:, :64, :64] = 1
    windows = [choose_windows(worth, 128)[0] for _ in range(200)]
    assert {w.top % 32 for w in windows} | {w.left % 32 for w in windows} == {0}
    assert max(w.top for w in windows) == 128
    corner = sum(w.top < 64 and w.left < 64 for w in windows) / len(windows)
    assert corner > 2 * 4 / 25  # of 25 places four are in the corner
    part = cut(worth, [PictureWindow(32, 0, 256, 256)], 128)
    assert part.shape == (1, 128, 128) and part.sum() == 32 * 64


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
