"""Steady the labels of a video: define the segment graph's memory from frame to frame, and its use.

Three things steady a label. First, probabilities are averaged over time, and a frame with surer labels counts
more. Second, the average is dropped where the picture itself changes. Third, a place keeps its label until
another label leads clearly, or leads for some time.

Everything is computed on tensors, and time is in seconds, not in frames. So the result is the same on every
runtime and at every frame rate.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from export.exact.argmax import best_of
from export.resize import nearest

AVERAGE = 0.4
"""Time constant of the average at steadiness 1, in seconds."""

MARGIN = 0.25
"""The lead in probability with which another label wins at once, at steadiness 1."""

PATIENCE = 0.5
"""The seconds for which another label must lead to win with a smaller lead, at steadiness 1."""

LIGHT = 0.25
"""Time constant of the remembered light, in seconds: it follows slow drift, so that motion stands out."""

STILL, MOVED = 2.5, 7.5
"""Changes of light, of 255: up to the first a change is noise, from the second on it is motion."""

CUT = 0.6
"""The part of a frame that moves when the scene is another one; from half of it on, the memory of the part
that does not move counts less and less too."""

_NEVER_ZERO = 1e-4  # seconds: avoids a division by a time constant of 0
_LEAST = 1e-3  # the least weight of a frame, however short its time: at the first, the memory is empty


@dataclass(frozen=True, slots=True)
class LabelMemory:
    """The memory from one frame to the next; all zeros if it is empty.

    Attributes:
        shares: (h·w, labels) averaged probabilities.
        weight: (h, w) weight of that average.
        light: (h, w) remembered light, 0–255.
        holders: (H, W) the channel whose label each place has, counted from 1.
        led: (H, W) the seconds for which another channel has led there.
    """

    shares: Tensor
    weight: Tensor
    light: Tensor
    holders: Tensor
    led: Tensor

    def packed(self) -> Tensor:
        """Return the whole memory as float32 (size,)."""
        parts = self.shares, self.weight, self.light, self.holders, self.led
        return torch.cat([part.flatten() for part in parts])


@dataclass(frozen=True, slots=True)
class Sight:
    """The averages of a frame with the memory, before labels are chosen.

    Attributes:
        shares: (h·w, labels) averaged probabilities.
        weight: (h, w) weight of that average.
        light: (h, w) light to remember.
        still: (h, w) 1 where nothing moves, 0 where the memory is dropped.
    """

    shares: Tensor
    weight: Tensor
    light: Tensor
    still: Tensor


class Steadying(nn.Module):
    """A module that steadies the labels of a net; its memory is one tensor, float32 (size,)."""

    def __init__(
        self, labels: int, grid: tuple[int, int], points: tuple[int, int], frame_size: tuple[int, int]
    ) -> None:
        """Lay the memory out.

        Args:
            labels: number of logits of a place.
            grid: (h, w) of the logits.
            points: (H, W) of the places where labels are chosen.
            frame_size: (height, width) of the frame whose light is compared.
        """
        super().__init__()
        self.labels, self.grid, self.points = labels, grid, points
        rows, columns = (max(1, side // cells) for side, cells in zip(frame_size, grid, strict=True))
        self.window = rows, columns
        cells, places = grid[0] * grid[1], points[0] * points[1]
        self.parts = [labels * cells, cells, cells, places, places]

    @property
    def size(self) -> int:
        """The number of values in the memory."""
        return sum(self.parts)

    def unpacked(self, memory: Tensor) -> LabelMemory:
        """Return the parts of a memory (size,)."""
        shares, weight, light, holders, led = torch.split(memory, self.parts)
        return LabelMemory(
            shares.view(-1, self.labels),
            weight.view(self.grid),
            light.view(self.grid),
            holders.view(self.points),
            led.view(self.points),
        )

    def average(
        self, logits: Tensor, frame: Tensor, memory: LabelMemory, dt: Tensor, steadiness: Tensor
    ) -> Sight:
        """Average probabilities over time where nothing moved; a frame counts by how sure its labels are.

        Args:
            logits: (h·w, labels) of this frame.
            frame: (frame height, frame width, 3), 0–255.
            memory: the memory after the frame before.
            dt: () seconds since that frame.
            steadiness: () 0–1.
        """
        light = self._light(frame)
        before, still = _compare(light, memory.light)
        now = logits.softmax(1)
        sure = now.square().sum(1).view(self.grid)  # (h, w): 1 where one label has all
        fading = torch.exp(-dt / (AVERAGE * steadiness + _NEVER_ZERO))
        old = memory.weight * (fading * still)
        new = sure * (1 - fading).clamp(min=_LEAST)
        counts = new / (old + new)  # 1 where nothing is remembered
        shares = memory.shares + (now - memory.shares) * counts.view(-1, 1)
        light = light + (before - light) * (torch.exp(-dt / LIGHT) * still)
        return Sight(shares, old + new, light, still)

    def hold(
        self, values: Tensor, sight: Sight, memory: LabelMemory, dt: Tensor, steadiness: Tensor
    ) -> tuple[Tensor, LabelMemory]:
        """Choose the label of each place: the best, unless the place may keep the label it has.

        Args:
            values: (H·W, labels) the shares at each place; at steadiness 0 any values, and the greatest wins.
            sight: the result of `average`.
            memory: the memory after the frame before.
            dt: () seconds since that frame.
            steadiness: () 0–1.

        Returns:
            The channels (H, W), whole numbers as floats, and the new memory.
        """
        best, greatest = (found.view(self.points) for found in best_of(values))
        holder = (memory.holders - 1).clamp(0, self.labels - 1)
        held = values.gather(1, holder.view(-1, 1).long()).view(self.points)
        led = torch.where(best == holder, 0.0, memory.led + dt)
        calm = nearest(sight.still, self.points) * steadiness
        keeps = (memory.holders > 0) & (greatest - held < MARGIN * calm) & (led < PATIENCE * calm)
        chosen = torch.where(keeps, holder, best)
        led = torch.where(keeps, led, 0.0)
        return chosen, LabelMemory(sight.shares, sight.weight, sight.light, chosen + 1, led)

    def _light(self, frame: Tensor) -> Tensor:
        """Return the mean light of each cell of the grid, from a frame (…, …, 3) read in memory order."""
        rows, columns = self.window
        down, across = frame.shape[0] // rows, frame.shape[1] // columns
        whole = frame[: down * rows, : across * columns]
        light = whole.reshape(down, rows, -1).mean(1).view(down, across, -1).mean(2)
        return nearest(light, self.grid)


def _compare(light: Tensor, before: Tensor) -> tuple[Tensor, Tensor]:
    """Return the earlier light in the exposure of the present one, and 1 where nothing moves, else 0.

    An exposure is a gain, fitted by least squares with Cauchy's weights, so that motion counts little in it.
    """
    apart = (light - before) / MOVED
    weights = 1 / (1 + apart.square())
    gain = (weights * light * before).sum() / ((weights * before.square()).sum() + 1e-6)
    before = before * gain
    change = F.avg_pool2d((light - before).unsqueeze(0), 3, 1, 1, count_include_pad=False).abs()
    moved = ((change - STILL) / (MOVED - STILL)).clamp(0, 1)
    moved = F.max_pool2d(moved, 3, 1, 1)[0]  # with the cells beside it
    cut = (moved.mean() * (2 / CUT) - 1).clamp(0, 1)
    return before, 1 - torch.maximum(moved, cut)
