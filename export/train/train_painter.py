"""Train the small painter against discriminators, with losses by the segmenter and SqueezeNet too."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Adam, Optimizer

from export.nets.deeplab import DeepLabV3Plus
from export.nets.spade import Generator, PictureWindow, SpadeConfig
from export.nets.squeezenet import SqueezeNet, load_squeezenet
from export.realism import to_rgb
from export.train.augment import Augment
from export.train.balance import LeCam, Recolour
from export.train.critic import Critic
from export.train.data import Array, Batches, Pool
from export.train.discriminator import Discriminator, feature_distance, first, hinge, persuasion
from export.train.drawn_things import BAT, REFRIGERATOR, DrawnThings
from export.train.encoder import Encoder
from export.train.fallback_labels import channel_table, painted_ids, siblings
from export.train.painter_judge import PainterJudge, Parts
from export.train.photo_pools import learnt_photos, photo_pools, sample_pictures
from export.train.segmaps import segmap_of, swap_one
from export.train.teacher_weights import ADE20K, start_from_teacher
from export.train.training import Plan, TrainingRun
from export.train.weight_init import initialise, learning_rates
from export.train.windows import choose_windows, cut

Net = TypeVar("Net", bound=nn.Module)
GENERATOR_RATE, DISCRIMINATOR_RATE = 3e-4, 2e-4
ALONE = 250  # steps in which the generator learns colours before the discriminators join
LECAM = 0.02  # weight of LeCam's penalty in the discriminators' loss
TRUE = 0.06  # share of the photos labelled by hand
WHOLE = 256  # side of the pictures that are painted in the end
PAINTER = SpadeConfig(
    labels=len(painted_ids()),
    width=16,
    widest=160,
    hidden=40,
    kernel=1,
    grain=6,
    shuffle=True,
    plain_shortcut=True,
    look=32,
    smooth=True,
    finest=8,
)

# The critic has learnt these two from drawings alone, and would teach the painter to paint such drawings.
SWAPPED_IN = tuple(label for label in painted_ids() if label not in (BAT, REFRIGERATOR))
AUGMENT = Augment(scale=(1.0, 1.7), aspect=1.15, whole=0.4, degrees=3.0, colour=0.0, damage=0.0)


@dataclass(frozen=True, slots=True)
class Weights:
    """The weight of each loss in the generator's sum.

    Attributes:
        colour: absolute difference of the means of 8×8 pixels from the photo's.
        likeness: distance of SqueezeNet's features, normalised to length 1 at each place.
        perceptual: difference of the critic's features, relative to their size.
        labels: cross-entropy of the critic's labels of the painting.
        look: divergence of the looks from the standard normal.
        adversarial: the discriminators' scores.
        matching: difference of the discriminators' features.
    """

    colour: float = 2.0
    likeness: float = 0.5
    perceptual: float = 2.0
    labels: float = 1.5
    look: float = 0.2
    adversarial: float = 1.0
    matching: float = 6.0


class PainterTraining:
    """The training of a generator and an encoder of looks against patch discriminators.

    Each batch holds photos, painted again from their labels in their own look. It also holds half as many
    pictures in a random look, half of them with a label swapped. Only the discriminators and the critic judge
    these.
    """

    averaged = "painter"

    def __init__(
        self,
        config: SpadeConfig,
        critic: Critic,
        likeness: SqueezeNet,
        samples: tuple[Array, Array],
        side: int = WHOLE,
        seed: int = 0,
        device: str = "cpu",
    ) -> None:
        """Build the nets.

        Args:
            config: the generator's shape; its labels are those of `painted_ids`.
            critic: the segmenter that judges paintings.
            likeness: the net that measures how alike two pictures look, and how real.
            samples: images uint8 (N, 256, 256, 3) BGR and labels uint8 (N, 256, 256), never trained on.
            side: side of the part of each picture that a step paints, in pixels.
            seed: seed of the initial weights.
            device: `cpu` or `cuda`.
        """
        torch.manual_seed(seed)
        self._device = torch.device(device)
        self._bfloat16 = device != "cpu" or torch.cpu._is_avx512_bf16_supported()  # else emulated, and slow
        self._config, self._side = config, side
        self._critic = critic.to(self._device)
        self._likeness = _channels_last(likeness.to(self._device))
        self._weights = Weights()
        self._table = torch.from_numpy(channel_table().astype(np.int64)).to(self._device)
        self._worth = _worth().to(self._device)
        generator, encoder = Generator(config), Encoder(config.look)
        initialise(generator)
        painter = nn.ModuleDict({"generator": generator, "encoder": encoder})
        nets = {"painter": painter, "discriminator": Discriminator(config.labels + 2), "lecam": LeCam()}
        self.modules: Mapping[str, nn.Module] = {
            name: _channels_last(net.to(self._device)) for name, net in nets.items()
        }
        groups = learning_rates(generator, GENERATOR_RATE)
        groups.append({"params": list(encoder.parameters()), "lr": GENERATOR_RATE})
        parameters = self.modules["discriminator"].parameters()
        self.optimizers: Mapping[str, Optimizer] = {
            "painter": Adam(groups, betas=(0.5, 0.99)),
            "discriminator": Adam(parameters, lr=DISCRIMINATOR_RATE, betas=(0.5, 0.99)),
        }
        self._recent: list[Parts] = []  # for the average's batch norms
        self._judge = PainterJudge(self._critic, self._likeness, samples, self._one_hot, self._device)

    def step(self, images: Tensor, labels: Tensor) -> dict[str, float]:
        """Learn from images uint8 (N, H, W, 3) BGR and labels uint8 (N, H, W); return the losses."""
        images, labels = images.to(self._device), labels.to(self._device).long()
        windows = choose_windows(self._worth[labels], self._side)
        images, labels = cut(images, windows, self._side), cut(labels, windows, self._side)
        self._recent = [*self._recent[-15:], (labels, windows)]
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._bfloat16, cache_enabled=False):
            return self._play(to_rgb(images), labels, windows)

    def _play(self, real: Tensor, labels: Tensor, windows: list[PictureWindow]) -> dict[str, float]:
        painter, discriminator = self.modules["painter"], self.modules["discriminator"]
        assert isinstance(painter, nn.ModuleDict)
        w, count = self._weights, len(real)
        alone = self._taken() < ALONE
        others = count // 2
        invented = torch.cat([swap_one(labels[: others // 2], SWAPPED_IN)[0], labels[others // 2 : others]])
        segmap = self._segmap(torch.cat([labels, invented]))
        looks = painter["encoder"](real)
        wanted = torch.cat([looks.sample(), torch.randn(others, self._config.look, device=self._device)])
        # All in one batch, so that batch norms give the invented pictures no statistics of their own.
        everything = painter["generator"](segmap, wanted, [*windows, *windows[:others]])
        painted, other = everything.split([count, others])
        near, far = self._criticise(painted, real)
        named = self._critic.naming(near, labels)
        named_other = self._critic.naming(self._critic.features(other), invented)
        losses = {
            "colour": w.colour * F.l1_loss(F.avg_pool2d(painted, 8), F.avg_pool2d(real, 8)),
            "likeness": w.likeness * self._unlikeness(painted, real),
            "perceptual": w.perceptual * far,
            "labels": w.labels * (named + named_other) / 2,
            "look": w.look * looks.divergence(),
        }
        against = torch.zeros(())
        if not alone:
            recolour = Recolour(count + others, self._device)
            tinted, tinted_real = recolour(everything), recolour(real)
            discriminator.requires_grad_(True)
            on_real = discriminator(tinted_real, segmap[:count])
            on_painted = discriminator(tinted.detach(), segmap)
            against = hinge(on_real, real=True) + hinge(on_painted, real=False)
            scores = [torch.cat([one.score.flatten() for one in on]) for on in (on_real, on_painted)]
            self._learn("discriminator", against + LECAM * self.modules["lecam"](*scores))
            discriminator.requires_grad_(False)
            on_painted = discriminator(tinted, segmap)
            losses["adversarial"] = w.adversarial * persuasion(on_painted)
            losses["matching"] = w.matching * feature_distance(first(on_painted, count), on_real)
        self._learn("painter", torch.stack(list(losses.values())).sum())
        losses["discriminator"] = against
        return {name: float(loss.detach()) for name, loss in losses.items()}

    def _one_hot(self, labels: Tensor) -> Tensor:
        return segmap_of(self._table[labels], self._config.labels)

    def _segmap(self, labels: Tensor) -> Tensor:
        segmap = self._one_hot(labels)
        return segmap.bfloat16() if self._bfloat16 else segmap

    def _taken(self) -> int:
        """Return the number of the generator's steps in all runs, as its optimizer counts them."""
        states = self.optimizers["painter"].state.values()
        return max((int(state["step"]) for state in states), default=0)

    def _criticise(self, painted: Tensor, real: Tensor) -> tuple[list[Tensor], Tensor]:
        """Return the critic's features of the paintings, and their distance relative to their size."""
        with torch.no_grad():
            expected = self._critic.features(real)
        features = self._critic.features(painted)
        distances = [F.l1_loss(a, b) / b.abs().mean() for a, b in zip(features, expected, strict=True)]
        return features, torch.stack(distances).mean()

    def _unlikeness(self, painted: Tensor, real: Tensor) -> Tensor:
        """Return the perceptual distance of two batches of pictures, with even weights.

        Zhang et al., *The Unreasonable Effectiveness of Deep Features as a Perceptual Metric* (CVPR 2018).
        """
        with torch.no_grad():
            expected = [F.normalize(feature, dim=1) for feature in self._likeness.features(real)]
        seen = [F.normalize(feature, dim=1) for feature in self._likeness.features(painted)]
        distances = [(a - b).square().sum(1).mean() for a, b in zip(seen, expected, strict=True)]
        return torch.stack(distances).sum()

    def _learn(self, name: str, loss: Tensor) -> None:
        self.optimizers[name].zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.modules[name].parameters(), 10.0)
        self.optimizers[name].step()

    def evaluate(self, average: nn.Module) -> dict[str, float]:
        """Update the average's batch norms, and score its paintings of the samples' labels."""
        return self._judge.evaluate(average, self._recent)

    def sheet(self, average: nn.Module) -> Array:
        """Draw 24 samples: photo, labels, paintings in the photo's look, the mean look and a random look."""
        return self._judge.sheet(average)

    def checkpoint(self, average: nn.Module) -> dict[str, Any]:
        """Return all that `export.checkpoints.load_spade` needs to rebuild the painter."""
        assert isinstance(average, nn.ModuleDict)
        return {
            "kind": "painter",
            "config": asdict(self._config),
            "trained": list(painted_ids()),
            "siblings": siblings(),
            "state": average["generator"].state_dict(),
            "encoder": average["encoder"].state_dict(),
        }


def with_look(checkpoint: Mapping[str, Any], look: Tensor) -> dict[str, Any]:
    """Return a painter's checkpoint with the look, float (n,), that it paints with."""
    return {**checkpoint, "look": look.clone()}


def _worth() -> Tensor:
    """Return each label's weight in the choice of windows, float (256,): things before large areas."""
    worth = torch.full((256,), 0.1)
    worth[:92] = 1.0  # COCO's things come first
    worth[[97, 108, 111, 132, 155, 180]] = 0.6  # furniture, doors and windows
    worth[255] = 0.0
    return worth


def _channels_last(net: Net) -> Net:
    """Store a net's weights channels last: a sixth quicker on a processor, and the layout of tensor cores."""
    return net.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def train_painter(
    data: Path,
    labels: Path,
    out: Path,
    steps: int,
    count: int,
    side: int,
    seed: int,
    segmenter: Path | None,
    device: str,
) -> None:
    """Train the painter; the run resumes from the last checkpoint in its folder.

    Args:
        data: folder of photos and teachers.
        labels: folder of prepared label maps.
        out: folder of the run.
        steps: steps of the whole run.
        count: pictures a step.
        side: side of the painted part of each picture of 256 pixels, in pixels.
        seed: seed of all random numbers.
        segmenter: the trained segmenter's `best.pt`; without it the critic has the teacher's features alone.
        device: `cpu` or `cuda`.
    """
    if segmenter is None:
        net = DeepLabV3Plus((0,))
        start_from_teacher(net, data / "teachers" / ADE20K)
    else:
        net = DeepLabV3Plus.from_checkpoint(torch.load(segmenter, weights_only=True))
    critic = Critic(net, names=segmenter is not None)
    judge = load_squeezenet(data / "teachers" / "squeezenet1_1.npz")
    training = PainterTraining(PAINTER, critic, judge, sample_pictures(data, labels, 96), side, seed, device)
    photos = photo_pools(learnt_photos(data, labels), TRUE)
    pools: list[tuple[Pool, float]] = [(pool, 0.95 * share) for pool, share in photos]
    pools.append((DrawnThings(photos[0][0]), 0.05))
    plan = Plan(steps, average=0.999, save=100, judge=500)
    TrainingRun(training, plan, out).go(Batches(pools, (WHOLE, WHOLE), count, AUGMENT, seed))
