"""Train the small segmenter, a MobileNetV2 DeepLab with COCO-Stuff ids, on photos and drawings."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer

from export.groups import groups
from export.nets.deeplab import DeepLabV3Plus
from export.train.augment import Augment
from export.train.data import (
    TRULY_LABELLED,
    Array,
    Batches,
    DrawnPool,
    Photo,
    Pool,
    chooses,
    held_out,
    read_photos,
)
from export.train.drawn_things import BAT, DrawnThings
from export.train.evaluate import SIZE, likeness, normalise, segment
from export.train.photo_pools import learnt_photos, photo_pools, validation_photos
from export.train.sheets import colour, grid
from export.train.teacher_weights import ADE20K, NOTICE, start_from_teacher
from export.train.training import Plan, TrainingRun

CROP = (192, 192)  # of training: the same scale of things in half the time
AUGMENT = Augment(scale=(0.8, 2.2), whole=0.2, damage=0.25)  # a photo that just fills `SIZE` is at 1.33
DRAWN = (22, 38, 81, 153, 158)  # bear, baseball bat, refrigerator, sand, snow: few photos or none
# The labels that teachers give often enough in the photos to be learnt, and those that are drawn.
# fmt: off
TRAINED = tuple(sorted((
    *DRAWN, 0, 1, 2, 3, 4, 5, 6, 8, 15, 16, 17, 18, 19, 20, 43, 61, 62, 63, 64, 66, 71, 95, 97, 101, 108,
    111, 114, 123, 125, 127, 132, 134, 139, 141, 148, 151, 154, 155, 156, 168, 172, 177, 180,
)))
# fmt: on
IGNORED = -100
TRUE = 0.12  # share of the photos labelled by hand among all photos
CHOOSING = "choosing"  # the name of the set whose accuracy is the score
FROZEN_BLOCKS = 3  # up to stride 4 the teacher's features stay: they are general, and cost most to train


def target_table(trained: Sequence[int], pixels: npt.NDArray[np.int64]) -> Tensor:
    """Return int64 (256,): label id → its logit, else that of its group's commonest trained label, else −100.

    Args:
        trained: label id of each logit.
        pixels: (256,), the number of pixels of each id in the photos.
    """
    table = torch.full((256,), IGNORED)
    for ids in groups().values():
        known = [i for i in ids if i in trained]
        if known:
            table[list(ids)] = trained.index(max(known, key=lambda i: int(pixels[i])))
    table[list(trained)] = torch.arange(len(trained))
    return table


class SegmenterTraining:
    """The training of a segmenter by cross-entropy on the labels of teachers, people and drawings."""

    averaged = "net"

    def __init__(
        self,
        net: DeepLabV3Plus,
        table: Tensor,
        weights: Tensor,
        rate: float,
        judged: Mapping[str, Sequence[Photo]],
    ) -> None:
        """Prepare a net for training.

        Args:
            net: the net, with the teacher's weights.
            table: label id → logit, from `target_table`.
            weights: the weight of each logit's label in the loss.
            rate: learning rate of the head; the backbone's is an eighth of it.
            judged: photos to evaluate on, by the name of their set.
        """
        self._net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        for early in (net.backbone.stem, *net.backbone.blocks[:FROZEN_BLOCKS]):
            early.requires_grad_(False)
        self._table, self._weights, self._judged = table, weights, judged
        self.modules: Mapping[str, nn.Module] = {"net": net}
        groups_of_parameters = [
            {"params": [p for p in net.backbone.parameters() if p.requires_grad], "lr": rate / 8},
            {"params": list(net.head.parameters()), "lr": rate},
        ]
        self.optimizers: Mapping[str, Optimizer] = {
            "net": torch.optim.AdamW(groups_of_parameters, weight_decay=0.02, fused=True)
        }
        net.train()

    def step(self, images: Tensor, labels: Tensor) -> dict[str, float]:
        """Learn from images uint8 (N, H, W, 3) BGR and labels uint8 (N, H, W); return the losses."""
        x = normalise(images, self._net).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            coarse = self._net(x)
        logits = F.interpolate(coarse.float(), scale_factor=2.0, mode="bilinear", align_corners=False)
        stride = images.shape[1] // logits.shape[2]
        targets = self._table[labels[:, stride // 2 :: stride, stride // 2 :: stride].long()]
        loss = F.cross_entropy(logits, targets, self._weights, ignore_index=IGNORED, label_smoothing=0.05)
        optimizer = self.optimizers["net"]
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(self._net.parameters(), 5.0)
        optimizer.step()
        return {"loss": float(loss.detach()), "norm": float(norm)}

    def evaluate(self, average: nn.Module) -> dict[str, float]:
        """Return the grouped pixel accuracy of each set; that of the true photos for choosing is the score.

        The validation set would choose the wrong net: it has the teachers' labels, and a net that also learns
        from people's labels comes to contradict the teachers. The held-out photos must choose nothing.
        """
        figures: dict[str, float] = {}
        for name, photos in self._judged.items():
            figures |= likeness(average, photos, name)
        return {**figures, "score": figures[CHOOSING]} if CHOOSING in figures else figures

    def sheet(self, average: nn.Module) -> Array:
        """Draw some photos of each set, each with its labels and the net's answer."""
        rows = []
        for photos in self._judged.values():
            for photo in photos[:: max(1, len(photos) // 8)][:8]:
                rows.append([photo.image, colour(photo.labels), colour(segment(average, photo.image))])
        return grid(rows, SIZE)

    def checkpoint(self, average: nn.Module) -> dict[str, Any]:
        """Return the average for `DeepLabV3Plus.from_checkpoint`, with the notice that a licence demands."""
        assert isinstance(average, DeepLabV3Plus)
        return {**average.to_checkpoint(), "notice": NOTICE}


def label_pixels(photos: Sequence[Photo]) -> npt.NDArray[np.int64]:
    """Return the number of pixels of each id in the photos: int64 (256,)."""
    counts = np.zeros(256, np.int64)
    for photo in photos:
        counts += np.bincount(photo.labels.ravel(), minlength=256)
    return counts


def train_segmenter(
    data: Path, labels: Path, out: Path, steps: int, count: int, rate: float, seed: int
) -> None:
    """Train the segmenter; the run resumes from the last checkpoint in its folder.

    Args:
        data: folder of photos and teachers.
        labels: folder of prepared label maps.
        out: folder of the run.
        steps: steps of the whole run.
        count: pictures a step.
        rate: highest learning rate.
        seed: seed of all random numbers.
    """
    torch.manual_seed(seed)
    learnt = learnt_photos(data, labels)
    judged = {
        "validation": [p for photos in validation_photos(data, labels).values() for p in photos][::4],
        CHOOSING: read_photos(data, TRULY_LABELLED, chooses),
        "held out": read_photos(data, TRULY_LABELLED, held_out),
    }
    photos = photo_pools(learnt, TRUE)
    pools: list[tuple[Pool, float]] = [(pool, 0.82 * share) for pool, share in photos]
    pools += [(DrawnPool(), 0.14), (DrawnThings(photos[0][0]), 0.04)]
    pixels = label_pixels([photo for photos in learnt.values() for photo in photos])
    weights = torch.from_numpy(pixels[list(TRAINED)] / pixels.sum()).float().clamp(min=4e-3) ** -0.2
    weights[TRAINED.index(BAT)] *= 3  # a bat is thin: nearly all its pixels are near an edge
    net = DeepLabV3Plus(TRAINED)
    start_from_teacher(net, data / "teachers" / ADE20K)
    training = SegmenterTraining(net, target_table(TRAINED, pixels), weights / weights.mean(), rate, judged)
    TrainingRun(training, Plan(steps), out).go(Batches(pools, CROP, count, AUGMENT, seed))
