"""The small painter's training: adversarial, with the segmenter looking on."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Adam, Optimizer

from export.nets.deeplab import DeepLabV3Plus
from export.nets.spade import Generator, SpadeConfig
from export.train.augment import Augment
from export.train.critic import Critic
from export.train.data import Array, Batches
from export.train.discriminator import Discriminator, feature_distance, hinge, persuasion
from export.train.fallback_labels import channel_table, painted_ids, siblings
from export.train.photo_pools import photo_pools, sample_pictures
from export.train.rare import BAT, BEAR, REFRIGERATOR
from export.train.segmaps import change_afar, segmap_of, swap_one
from export.train.sheets import colour, grid
from export.train.teacher_weights import ADE20K, start_from_teacher
from export.train.training import Plan, TrainingRun
from export.train.weight_init import initialise, learning_rates

RATE = 3e-4
ALONE = 300  # steps in which the generator learns colours before the discriminators join
SMALL = SpadeConfig(
    labels=len(painted_ids()),
    width=16,
    widest=160,
    hidden=48,
    kernel=1,
    grain=6,
    shuffle=True,
    plain_shortcut=True,
)

# The critic knows the others from drawings alone, and would have the painter draw like them.
SWAPPED_IN = tuple(label for label in painted_ids() if label not in (BEAR, BAT, REFRIGERATOR))
AUGMENT = Augment(scale=(1.0, 1.7), aspect=1.15, whole=0.4, degrees=3.0, colour=0.0, damage=0.0)


@dataclass(frozen=True, slots=True)
class Weights:
    """What each loss counts in the generator's sum.

    Attributes:
        colour: absolute difference from the photo.
        perceptual: difference of the critic's features, relative to their size.
        labels: cross-entropy of what the critic names in the painting.
        apart: change of the painting far from where a label was swapped.
        adversarial: the discriminators' scores.
        matching: difference of the discriminators' features.
    """

    colour: float
    perceptual: float
    labels: float
    apart: float
    adversarial: float = 0.0
    matching: float = 0.0


FIRST = Weights(colour=4.0, perceptual=4.0, labels=1.0, apart=10.0)  # while the generator is alone
THEN = Weights(colour=2.0, perceptual=4.0, labels=2.0, apart=20.0, adversarial=1.0, matching=10.0)


class PainterTraining:
    """What the loop trains: a generator against patch discriminators."""

    averaged = "generator"

    def __init__(
        self,
        config: SpadeConfig,
        critic: Critic,
        samples: tuple[Array, Array],
        seed: int = 0,
    ) -> None:
        """Build both nets.

        Args:
            config: of the generator; its labels are those of `painted_ids`.
            critic: looks at photos and paintings.
            samples: images uint8 (N, 256, 256, 3) BGR and labels uint8 (N, 256, 256), never trained on.
            seed: of the initial weights.
        """
        torch.manual_seed(seed)
        self._bfloat16 = torch.cpu._is_avx512_bf16_supported()  # else emulated, and slow
        self._config, self._critic, self._samples = config, critic, samples
        self._table = torch.from_numpy(channel_table().astype(np.int64))
        generator, discriminator = Generator(config), Discriminator(config.labels + 2)
        initialise(generator)
        self.modules: Mapping[str, nn.Module] = {"generator": generator, "discriminator": discriminator}
        self.optimizers: Mapping[str, Optimizer] = {
            "generator": Adam(learning_rates(generator, RATE), betas=(0.5, 0.99)),
            "discriminator": Adam(discriminator.parameters(), lr=RATE, betas=(0.5, 0.99)),
        }
        self._recent: list[Tensor] = []  # label maps, for the average's batch norms

    def step(self, images: Tensor, labels: Tensor) -> dict[str, float]:
        """Learn from images uint8 (N, H, W, 3) BGR and labels uint8 (N, H, W); give the losses."""
        self._recent = [*self._recent[-15:], labels]
        with torch.autocast("cpu", torch.bfloat16, enabled=self._bfloat16, cache_enabled=False):
            return self._play(_rgb(images), labels.long())

    def _play(self, real: Tensor, labels: Tensor) -> dict[str, float]:
        generator, discriminator = self.modules["generator"], self.modules["discriminator"]
        alone, count = self._taken() < ALONE, len(real)
        w = FIRST if alone else THEN
        swapped, changed = swap_one(labels[: count // 2], SWAPPED_IN)
        both = self._segmap(torch.cat([labels, swapped]))
        segmap = both[:count]
        # In one batch, so that the batch norms cannot tell the swapped from the others.
        painted, other = generator(both).split([count, len(swapped)])
        losses = {
            "colour": w.colour * _colour_distance(painted, real),
            "apart": w.apart * change_afar(painted[: len(swapped)], other, changed),
        }
        perceptual, named = self._criticise(painted, real, labels)
        named_other = self._critic.naming(self._critic.features(other), swapped)
        losses["perceptual"] = w.perceptual * perceptual
        losses["labels"] = w.labels * (named + named_other) / 2
        against = torch.zeros(())
        if not alone:
            discriminator.requires_grad_(True)
            on_real = discriminator(real, segmap)
            on_painted = discriminator(painted.detach(), segmap)
            against = hinge(on_real, real=True) + hinge(on_painted, real=False)
            self._learn("discriminator", against)
            discriminator.requires_grad_(False)
            on_painted = discriminator(painted, segmap)
            losses["adversarial"] = w.adversarial * persuasion(on_painted)
            losses["matching"] = w.matching * feature_distance(on_painted, on_real)
        self._learn("generator", torch.stack(list(losses.values())).sum())
        losses["discriminator"] = against
        return {name: float(loss.detach()) for name, loss in losses.items()}

    def _segmap(self, labels: Tensor) -> Tensor:
        segmap = segmap_of(self._table[labels], self._config.labels)
        return segmap.bfloat16() if self._bfloat16 else segmap

    def _taken(self) -> int:
        """Steps that the generator has taken, in all runs: its optimizer knows."""
        states = self.optimizers["generator"].state.values()
        return max((int(state["step"]) for state in states), default=0)

    def _criticise(self, painted: Tensor, real: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Give the perceptual distance, relative to the features, and the cross-entropy of the labels."""
        with torch.no_grad():
            expected = self._critic.features(real)
        features = self._critic.features(painted)
        distances = [F.l1_loss(a, b) / b.abs().mean() for a, b in zip(features, expected, strict=True)]
        return torch.stack(distances).mean(), self._critic.naming(features, labels)

    def _learn(self, name: str, loss: Tensor) -> None:
        self.optimizers[name].zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.modules[name].parameters(), 10.0)
        self.optimizers[name].step()

    @torch.no_grad()
    def evaluate(self, average: nn.Module) -> dict[str, float]:
        """Bring the average's batch norms up to date, and see how near its paintings come to the photos."""
        self._settle(average)
        images, labels = self._samples
        painted, real = self._paint(average, labels), _rgb(torch.from_numpy(images))
        perceptual, named = self._criticise(painted, real, torch.from_numpy(labels).long())
        return {"score": -float(perceptual + named), "perceptual": float(perceptual), "labels": float(named)}

    def sheet(self, average: nn.Module) -> Array:
        """Photo, labels and painting, side by side, for a dozen samples."""
        self._settle(average)
        some = slice(None, None, max(1, len(self._samples[0]) // 12))
        images, labels = (array[some][:12] for array in self._samples)
        paintings = self._paint(average, labels).clamp(-1, 1).add(1).mul(127.5).round().to(torch.uint8)
        painted = paintings.permute(0, 2, 3, 1).flip(3).numpy()
        rows = [[photo, colour(map_), own] for photo, map_, own in zip(images, labels, painted, strict=True)]
        return grid(rows, (256, 256))

    def checkpoint(self, average: nn.Module) -> dict[str, Any]:
        """All that rebuilds the painter: see `export.checkpoints.load_spade`."""
        return {
            "kind": "painter",
            "config": asdict(self._config),
            "trained": list(painted_ids()),
            "siblings": siblings(),
            "state": average.state_dict(),
        }

    @torch.no_grad()
    def _paint(self, net: nn.Module, labels: Array) -> Tensor:
        net.eval()
        maps = self._table[torch.from_numpy(labels).long()]
        return torch.cat([net(segmap_of(one[None], self._config.labels)) for one in maps])

    @torch.no_grad()
    def _settle(self, average: nn.Module) -> None:
        """Averaged weights see other statistics than the weights of any one step: measure them anew."""
        norms = [m for m in average.modules() if isinstance(m, nn.BatchNorm2d)]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # a plain mean over all that follows
        average.train()
        for labels in self._recent:
            average(segmap_of(self._table[labels.long()], self._config.labels))
        average.eval()


def _colour_distance(painted: Tensor, real: Tensor) -> Tensor:
    return F.l1_loss(painted, real) / 2 + F.l1_loss(F.avg_pool2d(painted, 8), F.avg_pool2d(real, 8))


def _rgb(images: Tensor) -> Tensor:
    """Images uint8 (N, H, W, 3) BGR → float (N, 3, H, W) RGB in −1..1."""
    return images.flip(3).permute(0, 3, 1, 2).float() / 127.5 - 1


def train_painter(
    data: Path, out: Path, steps: int, count: int, side: int, seed: int, segmenter: Path | None
) -> None:
    """Train from `data`, in the folder `out`; goes on from its last checkpoint.

    Args:
        data: folder of photos, labels and teachers.
        out: where the run lies.
        steps: of the whole run.
        count: pictures a step.
        side: of the pictures trained on, in pixels.
        seed: of everything random.
        segmenter: the trained segmenter's `best.pt`; without it the teacher's features alone criticise.
    """
    if segmenter is None:
        net = DeepLabV3Plus((0,))
        start_from_teacher(net, data / "teachers" / ADE20K)
    else:
        net = DeepLabV3Plus.from_checkpoint(torch.load(segmenter, weights_only=True))
    critic = Critic(net, names=segmenter is not None)
    training = PainterTraining(SMALL, critic, sample_pictures(data), seed)
    plan = Plan(steps, save=100, judge=250)
    TrainingRun(training, plan, out).go(Batches(photo_pools(data), (side, side), count, AUGMENT, seed))
