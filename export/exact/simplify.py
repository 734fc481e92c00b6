"""Simplify SPADE: paint the same picture with fewer operations.

Two thirds of the published painter's 191 GMAC depend on labels alone. Everything here is exact, up to the
rounding of its arithmetic:

- a batch norm in evaluation mode and the modulation after it become one modulation (`folded`);
- a convolution over a one-hot map becomes a sum of rows of a table (`LabelConv`);
- a modulation is the same wherever the labels around are the same. So it is computed once for each 5×5
  neighbourhood that occurs, and looked up at each pixel (`LookedUp`). A little over 42 GMAC remain.

The last two depend on the content of the label map, so they go into a variant for CPUs; nothing in the
portable graph depends on data.
"""

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from export.exact.neighbourhoods import Neighbourhoods
from export.nets.spade import Generator, Modulation


class LabelMap:
    """A label map at one of the generator's sizes, with its different neighbourhoods.

    Attributes:
        near: its 3×3 neighbourhoods; a number is twice the channel, plus one on an edge.
        wide: its 5×5 neighbourhoods: 3×3 of ids of `near`, from 1; 0 lies outside the map.
    """

    def __init__(self, channels: Tensor, edges: Tensor, count: int) -> None:
        """Find the different neighbourhoods.

        Args:
            channels: int32 (h, w), below `count`.
            edges: int32 (h, w), 1 on an edge between labels, else 0.
            count: the number of channels, with that of unlabelled; it stands for the outside of the map.
        """
        self.near = Neighbourhoods.of(2 * channels + edges, 2 * count)
        self.wide = Neighbourhoods.of(self.near.ids.int() + 1, 0)


class LabelConv(nn.Module):
    """A 3×3 convolution over a one-hot map with an edge channel, as a sum of nine rows of a table."""

    table: Tensor
    edges: Tensor
    bias: Tensor

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        taps = conv.weight.permute(2, 3, 1, 0).flatten(0, 1)  # (9, labels + unlabelled + edges, outputs)
        labels, edges = taps[:, :-1], taps[:, -1]
        self.rows = labels.shape[1] + 1  # the last row is zero, for the outside of the map
        assert conv.bias is not None
        self.register_buffer("table", F.pad(labels, (0, 0, 0, 1)).flatten(0, 1))  # (9 rows, outputs)
        self.register_buffer("edges", edges.contiguous())  # (9, outputs)
        self.register_buffer("bias", conv.bias)

    def each(self, near: Neighbourhoods) -> Tensor:
        """Return the convolution's answer (k, outputs) for each neighbourhood."""
        rows = near.each // 2 + self.rows * torch.arange(9, dtype=torch.int32)  # (k, 9)
        found = self.table.index_select(0, rows.flatten()).view(-1, 9, self.table.shape[1])
        return found.sum(1) + (near.each % 2).to(self.edges.dtype) @ self.edges + self.bias

    def forward(self, labels: LabelMap) -> Tensor:
        """Return the convolution's answer (1, outputs, h, w)."""
        return labels.near.spread(self.each(labels.near)).permute(0, 3, 1, 2)


class LookedUp(nn.Module):
    """A modulation whose scale and shift are computed once for each 5×5 neighbourhood."""

    scale: Tensor
    scale_bias: Tensor
    shift: Tensor
    shift_bias: Tensor

    def __init__(self, norm: Modulation) -> None:
        super().__init__()
        hidden = norm.mlp_shared[0]
        assert isinstance(hidden, nn.Conv2d)
        self.hidden = LabelConv(hidden)
        weight, bias = folded(norm)
        for name, w, b in zip(("scale", "shift"), weight.chunk(2), bias.chunk(2), strict=True):
            self.register_buffer(name, w.permute(2, 3, 1, 0).flatten(0, 2))  # (9 hidden, C)
            self.register_buffer(f"{name}_bias", b.clone())

    def forward(self, x: Tensor, labels: LabelMap, look: None = None) -> Tensor:
        """Modulate x (1, C, h, w); a net that `can_look_up` has no look."""
        hidden = F.pad(self.hidden.each(labels.near).relu(), (0, 0, 1, 0))  # (1 + k, hidden): 0 is outside
        around = hidden.index_select(0, labels.wide.each.flatten()).view(-1, self.scale.shape[0])
        scale = labels.wide.spread(around @ self.scale + self.scale_bias)  # (1, h, w, C)
        shift = labels.wide.spread(around @ self.shift + self.shift_bias)
        return (x.permute(0, 2, 3, 1) * scale + shift).permute(0, 3, 1, 2)


def folded(norm: Modulation) -> tuple[Tensor, Tensor]:
    """Return one convolution of the hidden layer that gives γ′ and β′, so that `norm(x)` = x·γ′ + β′.

    A batch norm in evaluation mode is x·s + t, with s = 1 / √(variance + ε) and t = −mean·s. So
    (x·s + t)·(1 + γ) + β = x·γ′ + β′ with γ′ = s·(1 + γ) and β′ = t·(1 + γ) + β.

    Returns:
        weight: (2C, hidden, kernel, kernel).
        bias: (2C,).
    """
    still, gamma, beta = norm.param_free_norm, norm.mlp_gamma, norm.mlp_beta
    mean, variance = still.running_mean, still.running_var
    assert mean is not None and variance is not None and gamma.bias is not None and beta.bias is not None
    s = (variance + still.eps).rsqrt()
    t = -mean * s
    column = (-1, 1, 1, 1)
    weight = torch.cat([s.view(column) * gamma.weight, t.view(column) * gamma.weight + beta.weight])
    return weight, torch.cat([s * (1 + gamma.bias), t * (1 + gamma.bias) + beta.bias])


def can_look_up(net: Generator) -> bool:
    """Return whether a generator reads labels alone, 3×3 at a time; a grain would add the position."""
    return net.config.kernel == 3 and not net.config.grain


def looked_up(net: Generator) -> Generator:
    """Return a generator that paints the same pictures from a `LabelMap` at each of its sizes."""
    simple: dict[int, nn.Module] = {
        id(part): LookedUp(part) for part in net.modules() if isinstance(part, Modulation)
    }
    simple[id(net.fc)] = LabelConv(net.fc)
    return copy.deepcopy(net, simple)  # the copy holds the modules of `simple` in place of the originals
