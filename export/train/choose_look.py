"""Choose the look that a painter paints with: real, true to the labels, and with swaps that stay local."""

import math
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from engines.errors import UsageError
from export.checkpoints import load_spade
from export.nets.deeplab import DeepLabV3Plus
from export.nets.squeezenet import load_squeezenet
from export.train.critic import Critic
from export.train.data import Array
from export.train.fallback_labels import channel_table
from export.train.painter_judge import PainterJudge
from export.train.photo_pools import sample_pictures
from export.train.segmaps import segmap_of
from export.train.train_painter import with_look

PERSON, SWAPPED = 0, (22, 168)  # to bear and tree
LOCAL = 6.0
"""How many times as much a swap must change the swapped things as all that is far from them."""

_FAR = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (33, 33))
_PHOTOS, _JUDGED = 12, 8


def choose_look(painter: Path, data: Path, labels: Path, segmenter: Path, out: Path, count: int) -> None:
    """Choose among random looks, on photos that are never trained on, and write the painter with its look.

    A look colours the whole picture, and with some looks a swap does, too: a bear in place of a person makes
    a room a meadow. Of the looks in which swaps stay local, that with the best score of `PainterJudge` is
    taken.

    Args:
        painter: the trained painter's `best.pt`.
        data: folder of photos and teachers.
        labels: folder of prepared label maps.
        segmenter: the trained segmenter's `best.pt`, which judges.
        out: the file to write.
        count: number of looks to try.

    Raises:
        UsageError: the painter has no look, or no look keeps swaps local.
    """
    net = load_spade(painter).net.eval()
    if not net.config.look:
        raise UsageError(f"The painter {painter} has no look to choose.")
    table = torch.from_numpy(channel_table().astype(np.int64))

    def one_hot(maps: Tensor) -> Tensor:
        return segmap_of(table[maps], net.config.labels)

    critic = Critic(DeepLabV3Plus.from_checkpoint(torch.load(segmenter, weights_only=True)), names=True)
    squeezenet = load_squeezenet(data / "teachers" / "squeezenet1_1.npz")
    samples = sample_pictures(data, labels, 96)
    judge = PainterJudge(critic, squeezenet, samples, one_hot, torch.device("cpu"))
    nets = torch.nn.ModuleDict({"generator": net})
    persons = [one for one in samples[1] if 0.05 < (one == PERSON).mean() < 0.5][:_PHOTOS]
    seeded = torch.Generator().manual_seed(0)
    looks = [torch.zeros(net.config.look), *torch.randn(count, net.config.look, generator=seeded)]
    local: list[tuple[float, Tensor]] = []
    for number, look in enumerate(looks):
        ratio = _locality(net, one_hot, persons, look)
        print(f"look {number}: a swap changes its place {ratio:.1f} times as much as the rest")
        if ratio >= LOCAL:
            local.append((ratio, look))
    if not local:
        raise UsageError("With no look a swap stays in its place. Train longer, or try more looks.")
    local.sort(key=lambda pair: -pair[0])
    best, chosen = -math.inf, local[0][1]
    for ratio, look in local[:_JUDGED]:
        figures = judge.score(nets, look.expand(len(samples[0]), -1))
        words = ", ".join(f"{name} {value:.2f}" for name, value in figures.items())
        print(f"locality {ratio:.1f}: {words}")
        if figures["score"] > best:
            best, chosen = figures["score"], look
    torch.save(with_look(torch.load(painter, weights_only=True), chosen), out)


@torch.no_grad()
def _locality(net: torch.nn.Module, one_hot: object, maps: list[Array], look: Tensor) -> float:
    """Return the change of swapped persons over that of places far from them, the least of all swaps."""
    ratios = []
    painted = [_paint(net, one_hot, one, look) for one in maps]
    for new in SWAPPED:
        inside, beyond = [], []
        for one, before in zip(maps, painted, strict=True):
            person = one == PERSON
            after = _paint(net, one_hot, np.where(person, np.uint8(new), one), look)
            change = np.abs(before - after).mean(0)
            inside.append(change[person].mean())
            beyond.append(change[cv2.dilate(person.astype(np.uint8), _FAR) == 0].mean())
        ratios.append(float(np.mean(inside) / np.mean(beyond)))
    return min(ratios)


def _paint(net: torch.nn.Module, one_hot: object, labels: Array, look: Tensor) -> np.ndarray:
    maps = torch.from_numpy(labels).long()[None]
    return net(one_hot(maps), look[None])[0].clamp(-1, 1).numpy()  # type: ignore[operator, no-any-return]
