"""Define the two graphs: each is a net with its pre- and postprocessing inside, uint8 in and uint8 out.

TensorRT converts uint8 only to and from float, so every cast here goes through float.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from engines.labels import UNLABELLED
from export.exact.argmax import best_of
from export.exact.simplify import LabelMap, looked_up
from export.exact.steady import Steadying
from export.nets.spade import Generator
from export.resize import nearest, sampling


class Segmenter(Protocol):
    """A net that a `SegmentGraph` can be built of, such as DeepLab."""

    @property
    def label_ids(self) -> Sequence[int]:
        """The label id of each logit."""
        ...

    @property
    def mean(self) -> tuple[float, float, float]:
        """The mean of the pixels, BGR 0–255, which is subtracted first."""
        ...

    @property
    def scale(self) -> float:
        """The factor of the pixels after the subtraction."""
        ...

    @property
    def __call__(self) -> Callable[[Tensor], Tensor]:
        """The call: normalised BGR (1, 3, h, w) → logits (1, labels, …) of any size."""
        ...


class SegmentGraph(nn.Module):
    """The segment graph: `frame uint8 (h, w, 3)` BGR → `labels uint8 (H, W)`, nearest to the painter's size.

    A steady graph also takes `memory float32 (n,)`, `dt float32 ()` seconds since the last frame and
    `steadiness float32 ()` 0–1, and gives `memory_next float32 (n,)`. A memory of zeros is empty; at
    steadiness 0 the labels are the net's own, to the bit.
    """

    inputs: tuple[str, ...] = ("frame",)
    outputs: tuple[str, ...] = ("labels",)
    state: Mapping[str, str] = {}
    mean: Tensor
    ids: Tensor

    def __init__(
        self,
        net: Segmenter,
        frame_size: tuple[int, int],
        label_size: tuple[int, int],
        argmax: int = 1,
        steady: bool = False,
    ) -> None:
        """Build the graph around a net.

        Args:
            net: a module, in evaluation mode.
            frame_size: (h, w) of the frame.
            label_size: (H, W) of the label map: the painter's size.
            argmax: the side, in pixels, of the squares of the frame that share one argmax; more than 1 is
                quicker and coarser.
            steady: keep a memory from frame to frame, to steady the labels.
        """
        super().__init__()
        self.net = net
        self.trained = tuple(net.label_ids)
        self.frame_size, self.label_size = frame_size, label_size
        self.argmax = argmax
        self.coarse = frame_size[0] // argmax, frame_size[1] // argmax  # where the argmax is defined
        self.points = min(self.coarse[0], label_size[0]), min(self.coarse[1], label_size[1])  # where needed
        self.register_buffer("mean", torch.tensor(net.mean).view(3, 1, 1))
        self.register_buffer("ids", torch.tensor(self.trained, dtype=torch.float32))
        self.steadying: Steadying | None = None
        if steady:
            grid = _logits_size(net, frame_size)
            self.steadying = Steadying(len(self.trained), grid, self.points, frame_size)
            self.state = {"memory": "memory_next"}
            self.inputs = ("frame", "memory", "dt", "steadiness")
            self.outputs = ("labels", "memory_next")

    def example(self) -> tuple[Tensor, ...]:
        """Return inputs of the right shapes and dtypes."""
        frame = torch.zeros(*self.frame_size, 3, dtype=torch.uint8)
        if self.steadying is None:
            return (frame,)
        return frame, torch.zeros(self.steadying.size), torch.zeros(()), torch.zeros(())

    def logits(self, frame: Tensor) -> Tensor:
        """Return the net's logits (1, len(trained), …), at its own size, of a frame uint8 (h, w, 3) BGR."""
        return self._logits(frame.float())

    def forward(
        self,
        frame: Tensor,
        memory: Tensor | None = None,
        dt: Tensor | None = None,
        steadiness: Tensor | None = None,
    ) -> Tensor | tuple[Tensor, Tensor]:
        """Segment a frame uint8 (h, w, 3) BGR: return labels uint8 (H, W).

        Given all inputs of a steady graph, it returns (labels, memory_next). Given the frame alone, it
        returns the net's own labels, steady or not.
        """
        if self.steadying is None or memory is None or dt is None or steadiness is None:
            return self.labels(self.logits(frame))
        pixels, before = frame.float(), self.steadying.unpacked(memory)
        logits = _last(self._logits(pixels))
        sight = self.steadying.average(logits, pixels, before, dt, steadiness)
        values = torch.where(steadiness > 0, sight.shares, logits).view(1, *self.steadying.grid, -1)
        points = self._at_points(values.permute(0, 3, 1, 2))
        channels, after = self.steadying.hold(points, sight, before, dt, steadiness)
        return self._named(channels), after.packed()

    def labels(self, logits: Tensor) -> Tensor:
        """Return the labels uint8 (H, W) of the net's logits (1, len(trained), …)."""
        best, _ = best_of(self._at_points(logits))
        return self._named(best.view(self.points))

    def _logits(self, pixels: Tensor) -> Tensor:
        planes = pixels.permute(2, 0, 1)  # (3, h, w)
        return self.net(((planes - self.mean) * self.net.scale).unsqueeze(0))

    def _at_points(self, values: Tensor) -> Tensor:
        """Resize values (1, labels, …) of any size → (points, labels)."""
        if self.points == self.coarse:
            return _last(F.interpolate(values, self.coarse, mode="bilinear", align_corners=False))
        labels, there, across = values.shape[1:]
        rows, columns = map(sampling, (there, across), self.coarse, self.points)
        down = rows @ values[0].permute(1, 2, 0).reshape(there, -1)  # (H, w·labels)
        return (columns @ down.view(-1, across, labels)).view(-1, labels)  # never at the frame's size

    def _named(self, channels: Tensor) -> Tensor:
        """Return the labels uint8 (H, W) of channels (*points), which are whole numbers as floats."""
        ids = self.ids.index_select(0, channels.flatten().int()).view(channels.shape)
        return nearest(ids, self.label_size).to(torch.uint8)  # last: TensorRT moves no uint8 inside a graph


class SynthesizeGraph(nn.Module):
    """The synthesize graph: `labels uint8 (H, W)`, `swap uint8 (256,)` → `picture uint8 (H, W, 3)` BGR."""

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
        """Build the graph around a generator.

        Args:
            net: the generator, in evaluation mode: `net.config.labels` channels, then unlabelled and edges.
            trained: the label id of each of those channels.
            size: (H, W), multiples of the generator's coarsest stride.
            siblings: an id that was not trained → the trained id that is painted for it.
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
        """Paint labels uint8 (H, W) after a swap uint8 (256,) → picture uint8 (H, W, 3) BGR."""
        table = _look_up(self.channels, swap)  # (256,): the label seen → the channel that paints it
        painted = _look_up(table, labels)  # (H, W)
        edges = _edges(painted)
        picture = self.net.paint([self._seen(painted, edges, stride) for stride in self.net.config.strides])
        picture = (picture[0].flip(0).permute(1, 2, 0) + 1) * 127.5  # (H, W, 3) BGR
        return picture.clamp(0, 255).round().to(torch.uint8)

    def _seen(self, painted: Tensor, edges: Tensor, stride: int) -> Any:
        """Return the generator's input: the one-hot map (1, labels + 2, H / stride, W / stride)."""
        one_hot = (painted[None, ::stride, ::stride] == self.places).to(painted.dtype)
        return torch.cat([one_hot, edges[None, ::stride, ::stride]]).unsqueeze(0)


class LookUpGraph(SynthesizeGraph):
    """A `SynthesizeGraph` that computes repeated neighbourhoods once, for the same pictures.

    It is several times as fast on a CPU. Its shapes depend on the label map, which TensorRT does not allow. A
    map of noise makes it slower.
    """

    def __init__(self, graph: SynthesizeGraph) -> None:
        """Build the variant of a graph whose generator `can_look_up`."""
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


def _last(values: Tensor) -> Tensor:
    """Move the labels last: (1, labels, …) → (…, labels); runtimes have this layout, so nothing is copied."""
    return values.permute(0, 2, 3, 1).reshape(-1, values.shape[1])


def _logits_size(net: Segmenter, frame_size: tuple[int, int]) -> tuple[int, int]:
    """Return the (h, w) of a net's logits without computing them."""
    assert isinstance(net, nn.Module)
    tensors = {**dict(net.named_parameters()), **dict(net.named_buffers())}
    nowhere = {name: tensor.to("meta") for name, tensor in tensors.items()}
    with torch.no_grad():
        logits: Tensor = functional_call(net, nowhere, (torch.empty(1, 3, *frame_size, device="meta"),))
    return logits.shape[-2], logits.shape[-1]
