"""Judge a painter in training: score its paintings, and draw a sheet of them."""

import math
from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from export.nets.spade import PictureWindow
from export.nets.squeezenet import SqueezeNet
from export.realism import picture_features, realism, to_rgb
from export.train.critic import Critic
from export.train.data import Array
from export.train.sheets import colour, grid

Parts = tuple[Tensor, list[PictureWindow]]
"""Label maps int64 (N, h, w) that a step painted, and where each lies in its picture."""


class PainterJudge:
    """Scores the averaged generator and encoder on photos that are never trained on."""

    def __init__(
        self,
        critic: Critic,
        likeness: SqueezeNet,
        samples: tuple[Array, Array],
        one_hot: Callable[[Tensor], Tensor],
        device: torch.device,
    ) -> None:
        """Keep the judges and the samples.

        Args:
            critic: the segmenter that names the paintings.
            likeness: the net that measures how real they look.
            samples: images uint8 (N, 256, 256, 3) BGR and labels uint8 (N, 256, 256).
            one_hot: labels int64 (N, H, W) → what the generator reads, float (N, labels + 2, H, W).
            device: the device of all nets.
        """
        self._critic, self._likeness, self._samples = critic, likeness, samples
        self._one_hot, self._device = one_hot, device
        self._photos: npt.NDArray[np.float64] | None = None  # SqueezeNet's features of the samples

    @torch.no_grad()
    def evaluate(self, average: nn.Module, recent: Iterable[Parts]) -> dict[str, float]:
        """Update the average's batch norms, and score its paintings of the samples' labels in random looks.

        The score is higher if paintings look like photos and show the labels they should.
        """
        self._settle(average, recent)
        seeded = torch.Generator().manual_seed(0)
        count, values = len(self._samples[0]), average["generator"].config.look  # type: ignore[index]
        return self.score(average, torch.randn(count, values, generator=seeded))

    @torch.no_grad()
    def score(self, average: nn.Module, looks: Tensor) -> dict[str, float]:
        """Score paintings of the samples' labels in looks float (N, n), one a sample."""
        images, labels = self._samples
        if self._photos is None:
            self._photos = self._features(to_rgb(torch.from_numpy(images)))
        painted = self._paint(average, labels, looks)
        unreal = realism(self._features(painted), self._photos)
        true = torch.from_numpy(labels).long().to(self._device)
        named = float(self._critic.naming(self._critic.features(painted.to(self._device)), true))
        return {"score": -named - math.log(unreal), "realism": unreal, "labels": named}

    @torch.no_grad()
    def sheet(self, average: nn.Module) -> Array:
        """Draw 24 samples: photo, labels, paintings in the photo's look, the mean look and a random look."""
        some = slice(None, None, max(1, len(self._samples[0]) // 24))
        images, labels = (array[some][:24] for array in self._samples)
        photos = to_rgb(torch.from_numpy(images)).to(self._device)
        own = average["encoder"](photos).mean.cpu()  # type: ignore[index]
        random = torch.randn(own.shape, generator=torch.Generator().manual_seed(1))
        columns = [
            self._paint(average, labels, looks).clamp(-1, 1).add(1).mul(127.5).round().to(torch.uint8)
            for looks in (own, torch.zeros_like(own), random)
        ]
        painted = [column.permute(0, 2, 3, 1).flip(3).numpy() for column in columns]
        rows = [[row[0], colour(row[1]), *row[2:]] for row in zip(images, labels, *painted, strict=True)]
        return grid(rows, (192, 192))

    def _paint(self, average: nn.Module, labels: Array, looks: Tensor) -> Tensor:
        average.eval()
        maps = torch.from_numpy(labels).long().to(self._device)
        paint = average["generator"]  # type: ignore[index]
        pairs = zip(maps, looks.to(self._device), strict=True)
        return torch.cat([paint(self._one_hot(map_[None]), look[None]).cpu() for map_, look in pairs])

    def _features(self, pictures: Tensor) -> npt.NDArray[np.float64]:
        batches = (batch.to(self._device) for batch in torch.split(pictures, 8))
        return picture_features(self._likeness, batches)

    def _settle(self, average: nn.Module, recent: Iterable[Parts]) -> None:
        """Measure the batch norms' statistics again: averaged weights have others than those of any step."""
        generator = average["generator"]  # type: ignore[index]
        for norm in generator.modules():
            if isinstance(norm, nn.BatchNorm2d):
                norm.reset_running_stats()
                norm.momentum = None  # a plain mean over all following batches
        generator.train()
        for labels, windows in recent:
            looks = torch.randn(len(labels), generator.config.look, device=self._device)
            generator(self._one_hot(labels), looks, windows)
        generator.eval()
