"""The two graphs: a net with its pre- and postprocessing inside, uint8 in and uint8 out.

TensorRT converts uint8 only to and from float, so every cast here goes by way of float.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engines.labels import UNLABELLED
from export.simplify import LabelMap, looked_up
from export.spade import Generator


class Segmenter(Protocol):
    """What a net must be to be surrounded: DeepLab, of whatever make."""

    @property
    def label_ids(self) -> Sequence[int]:
        """For each logit, its label's id."""
        ...

    @property
    def mean(self) -> tuple[float, float, float]:
        """Of the pixels, BGR 0–255, subtracted first."""
        ...

    @property
    def scale(self) -> float:
        """By which the rest is multiplied."""
        ...

    @property
    def __call__(self) -> Callable[[Tensor], Tensor]:
        """Normalised BGR (1, 3, h, w) → logits (1, labels, …) of any size."""
        ...


class SegmentGraph(nn.Module):
    """`frame uint8 (h, w, 3)` BGR → `labels uint8 (H, W)`, nearest to the painter's size."""

    inputs = ("frame",)
    outputs = ("labels",)
    mean: Tensor
    ids: Tensor

    def __init__(
        self, net: Segmenter, frame_size: tuple[int, int], label_size: tuple[int, int], argmax: int = 1
    ) -> None:
        """Surround a net.

        Args:
            net: a module, in evaluation mode.
            frame_size: (h, w) of the frame.
            label_size: (H, W) of the label map, the painter's.
            argmax: pixels of the frame on a side that share one argmax; more than 1 is quicker, and coarser.
        """
        super().__init__()
        self.net = net
        self.trained = tuple(net.label_ids)
        self.frame_size, self.label_size = frame_size, label_size
        self.argmax = argmax
        self.register_buffer("mean", torch.tensor(net.mean).view(3, 1, 1))
        self.register_buffer("ids", torch.tensor(self.trained, dtype=torch.float32))

    def example(self) -> tuple[Tensor, ...]:
        """Return inputs of the right shapes and dtypes."""
        return (torch.zeros(*self.frame_size, 3, dtype=torch.uint8),)

    def logits(self, frame: Tensor) -> Tensor:
        """Frame uint8 (h, w, 3) BGR → the net's logits (1, len(trained), …), at the net's own size."""
        x = frame.float().permute(2, 0, 1)  # (3, h, w)
        return self.net(((x - self.mean) * self.net.scale).unsqueeze(0))

    def forward(self, frame: Tensor) -> Tensor:
        """Frame uint8 (h, w, 3) BGR → labels uint8 (H, W)."""
        return self.labels(self.logits(frame))

    def labels(self, logits: Tensor) -> Tensor:
        """The net's logits (1, len(trained), …) → labels uint8 (H, W)."""
        coarse = [side // self.argmax for side in self.frame_size]  # where the argmax is defined
        points = [min(sides) for sides in zip(coarse, self.label_size, strict=True)]  # where it is needed
        if points == coarse:
            logits = F.interpolate(logits, coarse, mode="bilinear", align_corners=False)
        else:  # the logits at those points only, never at the frame's size
            rows, columns = map(_sampling, logits.shape[-2:], coarse, points)
            logits = rows @ (logits @ columns.T)
        channels = logits.argmax(1)[0]  # (*points)
        ids = self.ids.index_select(0, channels.flatten()).view(channels.shape)
        return _nearest(ids, self.label_size).to(torch.uint8)  # last: TensorRT moves no uint8 inside a graph


class SynthesizeGraph(nn.Module):
    """`labels uint8 (H, W)`, `swap uint8 (256,)` → `picture uint8 (H, W, 3)` BGR."""

    inputs = ("labels", "swap")
    outputs = ("picture",)
    channels: Tensor
    places: Tensor

    def __init__(
        self,
        net: Generator,
        trained: Sequence[int],
        size: tuple[int, int],
        siblings: Mapping[int, int] | None = None,
    ) -> None:
        """Surround a generator.

        Args:
            net: in evaluation mode; `net.config.labels` channels, then unlabelled and edges.
            trained: the label id of each of those channels.
            size: (H, W), multiples of the generator's coarsest stride.
            siblings: an id never trained → the trained id that it paints as.
        """
        super().__init__()
        self.net = net
        self.trained, self.siblings = tuple(trained), dict(siblings or {})
        self.size = size
        count = net.config.labels
        channels = torch.full((256,), float(count))  # every other id: the unlabelled channel
        channels[list(trained)] = torch.arange(len(trained), dtype=torch.float32)
        channels[list(self.siblings)] = channels[list(self.siblings.values())]
        self.register_buffer("channels", channels)
        self.register_buffer("places", torch.arange(count + 1, dtype=torch.float32).view(-1, 1, 1))

    def example(self) -> tuple[Tensor, ...]:
        """Return inputs of the right shapes and dtypes."""
        return torch.full(self.size, UNLABELLED, dtype=torch.uint8), torch.arange(256, dtype=torch.uint8)

    def forward(self, labels: Tensor, swap: Tensor) -> Tensor:
        """Labels uint8 (H, W), swap uint8 (256,) → picture uint8 (H, W, 3) BGR."""
        table = _look_up(self.channels, swap)  # (256,): the label seen → the channel that paints it
        painted = _look_up(table, labels)  # (H, W)
        edges = _edges(painted)
        picture = self.net.paint([self._seen(painted, edges, stride) for stride in self.net.config.strides])
        picture = (picture[0].flip(0).permute(1, 2, 0) + 1) * 127.5  # (H, W, 3) BGR
        return picture.clamp(0, 255).round().to(torch.uint8)

    def _seen(self, painted: Tensor, edges: Tensor, stride: int) -> Any:
        """Return what the generator reads: the one-hot map (1, labels + 2, H / stride, W / stride)."""
        one_hot = (painted[None, ::stride, ::stride] == self.places).to(painted.dtype)
        return torch.cat([one_hot, edges[None, ::stride, ::stride]]).unsqueeze(0)


class LookUpGraph(SynthesizeGraph):
    """A `SynthesizeGraph` that looks up what repeats: the same pictures, several times as fast on a CPU.

    What it does depends on the label map, which TensorRT cannot have, and a map of noise makes it slower.
    """

    def __init__(self, graph: SynthesizeGraph) -> None:
        """Give a graph another way; its generator is one that `can_look_up`."""
        super().__init__(looked_up(graph.net), graph.trained, graph.size, graph.siblings)

    def _seen(self, painted: Tensor, edges: Tensor, stride: int) -> LabelMap:
        channels, edges = painted[::stride, ::stride].int(), edges[::stride, ::stride].int()
        return LabelMap(channels, edges, self.net.config.labels + 1)


def _look_up(table: Tensor, index: Tensor) -> Tensor:
    """Return `table[index]`: float (n,), uint8 of any shape → float of that shape."""
    return table.index_select(0, index.float().int().flatten()).view(index.shape)


def _edges(labels: Tensor) -> Tensor:
    """Return 1.0 where a pixel of labels (H, W) differs from one of its four neighbours, else 0.0."""
    across = (labels[:, 1:] != labels[:, :-1]).to(labels.dtype)  # (H, W - 1)
    down = (labels[1:] != labels[:-1]).to(labels.dtype)  # (H - 1, W)
    sideways = torch.maximum(F.pad(across, (1, 0)), F.pad(across, (0, 1)))
    upright = torch.maximum(F.pad(down, (0, 0, 1, 0)), F.pad(down, (0, 0, 0, 1)))
    return torch.maximum(sideways, upright)


def _nearest(labels: Tensor, size: tuple[int, int]) -> Tensor:
    """Resize labels (h, w): source index ⌊i·in/out⌋, in whole numbers."""
    for axis, wanted in enumerate(size):
        there = labels.shape[axis]
        if there != wanted:
            labels = labels.index_select(axis, torch.arange(wanted) * there // wanted)
    return labels


def _sampling(there: int, fine: int, points: int) -> Tensor:
    """Return the matrix (points, there) of a bilinear resize to `fine`, at its nearest-picked points only.

    The weights are torch's (`align_corners=False`, in float32), so that the product is what
    `F.interpolate` to the fine size and then a nearest resize give, without the fine size. In numpy, so that
    an exporter sees a constant.
    """
    picked = np.arange(points) * fine // points
    place = (picked.astype(np.float32) + np.float32(0.5)) * np.float32(there / fine) - np.float32(0.5)
    place = place.clip(min=0)
    low = place.astype(int)
    weight = place - low.astype(np.float32)
    matrix = np.zeros((points, there), np.float32)
    np.add.at(matrix, (np.arange(points), low), 1 - weight)
    np.add.at(matrix, (np.arange(points), (low + 1).clip(max=there - 1)), weight)
    return torch.tensor(matrix)
