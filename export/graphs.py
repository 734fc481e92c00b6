"""The two graphs: a net with its pre- and postprocessing inside, uint8 in and uint8 out.

TensorRT converts uint8 only to and from float, so every cast here goes by way of float.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engines.labels import UNLABELLED
from export.spade import Generator


@dataclass(frozen=True, slots=True)
class Pixels:
    """What a segmenter takes for pixels: `(value - mean) * scale`, values 0..255, in the order named."""

    mean: tuple[float, float, float]
    scale: float
    order: Literal["bgr", "rgb"]


CAFFE_PIXELS = Pixels((104.008, 116.669, 122.675), 1.0, "bgr")  # the published DeepLab v2's
UNIT_PIXELS = Pixels((127.5, 127.5, 127.5), 1 / 127.5, "rgb")  # -1..1, as MobileNetV2 was trained


class SegmentGraph(nn.Module):
    """`frame uint8 (h, w, 3)` BGR → `labels uint8 (H, W)`, nearest to the painter's size."""

    inputs = ("frame",)
    outputs = ("labels",)

    def __init__(
        self,
        net: nn.Module,
        pixels: Pixels,
        trained: Sequence[int],
        frame_size: tuple[int, int],
        label_size: tuple[int, int],
        argmax: int = 1,
    ) -> None:
        """Surround a net.

        Args:
            net: float (1, 3, h, w) → logits (1, len(trained), …) of any size.
            pixels: what the net takes for pixels.
            trained: the label id of each of the net's channels.
            frame_size: (h, w) of the frame.
            label_size: (H, W) of the label map, the painter's.
            argmax: pixels of the frame on a side that share one argmax; more than 1 is quicker, and coarser.
        """
        super().__init__()
        self.net = net.eval()
        self.trained = tuple(trained)
        self.frame_size, self.label_size = frame_size, label_size
        self.argmax = argmax
        self.reverse = pixels.order == "rgb"
        self.scale = pixels.scale
        self.register_buffer("mean", torch.tensor(pixels.mean).view(3, 1, 1))  # in the net's order
        self.register_buffer("ids", torch.tensor(trained, dtype=torch.float32))

    def example(self) -> tuple[Tensor, ...]:
        """Return inputs of the right shapes and dtypes."""
        return (torch.zeros(*self.frame_size, 3, dtype=torch.uint8),)

    def logits(self, frame: Tensor) -> Tensor:
        """frame uint8 (h, w, 3) BGR → the net's logits, (1, len(trained), …), at the net's own size."""
        x = frame.float().permute(2, 0, 1)  # (3, h, w)
        x = x.flip(0) if self.reverse else x
        out: Tensor = self.net(((x - self.mean) * self.scale).unsqueeze(0))
        return out

    def forward(self, frame: Tensor) -> Tensor:
        """frame uint8 (h, w, 3) BGR → labels uint8 (H, W)."""
        logits = self.logits(frame)
        coarse = tuple(side // self.argmax for side in self.frame_size)
        h, w = logits.shape[-2:]
        if coarse != (h, w):
            rows = _sampling(h, coarse[0], self.label_size[0])
            columns = _sampling(w, coarse[1], self.label_size[1])
            logits = rows @ (logits @ columns.T)  # (1, len(trained), H, W)
        channels = logits.argmax(1)[0]
        ids = self.ids.index_select(0, channels.flatten()).view(channels.shape)
        ids = ids.to(torch.uint8)
        return ids if coarse != (h, w) else _nearest(ids, self.label_size)


class SynthesizeGraph(nn.Module):
    """`labels uint8 (H, W)`, `swap uint8 (256,)` → `picture uint8 (H, W, 3)` BGR."""

    inputs = ("labels", "swap")
    outputs = ("picture",)

    def __init__(
        self,
        net: Generator,
        trained: Sequence[int],
        size: tuple[int, int],
        siblings: Mapping[int, int] | None = None,
    ) -> None:
        """Surround a generator.

        Args:
            net: its first `net.config.labels` channels are labels; unlabelled and edges follow them.
            trained: the label id that each of those channels stands for.
            size: (H, W), multiples of the generator's coarsest stride.
            siblings: an id never trained → the trained id that it paints as.
        """
        super().__init__()
        self.net = net.eval()
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
        picture = self.net.paint([self._segmap(painted, edges, stride) for stride in self.net.config.strides])
        picture = (picture[0].flip(0).permute(1, 2, 0) + 1) * 127.5  # (H, W, 3) BGR
        return picture.clamp(0, 255).round().to(torch.uint8)

    def _segmap(self, painted: Tensor, edges: Tensor, stride: int) -> Tensor:
        """Return the one-hot map (1, labels + 2, H / stride, W / stride)."""
        one_hot = (painted[None, ::stride, ::stride] == self.places).float()
        return torch.cat([one_hot, edges[None, ::stride, ::stride]]).unsqueeze(0)


def _look_up(table: Tensor, index: Tensor) -> Tensor:
    """Return `table[index]`: float (n,), uint8 of any shape → float of that shape."""
    return table.index_select(0, index.float().int().flatten()).view(index.shape)


def _edges(labels: Tensor) -> Tensor:
    """Return 1.0 where a pixel of labels (H, W) differs from one of its four neighbours, else 0.0."""
    across = (labels[:, 1:] != labels[:, :-1]).float()  # (H, W - 1)
    down = (labels[1:] != labels[:-1]).float()  # (H - 1, W)
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


def _sampling(coarse: int, fine: int, wanted: int) -> Tensor:
    """Return the matrix (wanted, coarse) of a bilinear resize to `fine`, only at its nearest-picked points.

    The weights are torch's (`align_corners=False`, in float32), so that the product is what
    `F.interpolate` to the fine size and then a nearest resize give, without the fine size.
    """
    picked = torch.arange(wanted) * fine // wanted
    step = torch.tensor(coarse / fine, dtype=torch.float32)
    place = ((picked + 0.5) * step - 0.5).clamp(min=0)
    low = place.floor().long()
    high = (low + 1).clamp(max=coarse - 1)
    weight = place - low
    matrix = torch.zeros(wanted, coarse)
    matrix.scatter_add_(1, low[:, None], 1 - weight[:, None])
    matrix.scatter_add_(1, high[:, None], weight[:, None])
    return matrix
