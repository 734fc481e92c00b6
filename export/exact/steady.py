"""Labels that hold still: what the segment graph remembers from frame to frame, and what it makes of it.

Three things steady a label. Probabilities are averaged over time, and a frame counts for as much as it was
sure. What was averaged is dropped where the camera itself sees something else. And the label that has a place
keeps it until another wins clearly, or for some time.

Tensors in, tensors out, and seconds instead of frames: it is the same on every runtime at every frame rate.
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
"""How much more probable another label must be to win at once, at steadiness 1."""

PATIENCE = 0.5
"""For how many seconds it must lead otherwise, at steadiness 1."""

LIGHT = 0.25
"""Time constant of the light that is remembered, in seconds: drift is followed, motion is seen."""

STILL, MOVED = 2.5, 7.5
"""Changes of light, of 255: up to the first it is noise, from the second on surely motion."""

CUT = 0.6
"""The part of a frame that moves where it is another scene; from half of it on the rest is doubted too."""

_NEVER_ZERO = 1e-4  # seconds: a time constant of 0 divides nothing
_LEAST = 1e-3  # of a frame's weight, however short the time that it stands for: the first one is all there is


@dataclass(frozen=True, slots=True)
class LabelMemory:
    """What is remembered; all zero where that is nothing.

    Attributes:
        shares: (h·w, labels) averaged probabilities.
        weight: (h, w) of that average.
        light: (h, w) 0–255.
        holders: (H, W) which channel has each place, counted from 1.
        led: (H, W) for how many seconds another one has been ahead there.
    """

    shares: Tensor
    weight: Tensor
    light: Tensor
    holders: Tensor
    led: Tensor

    def packed(self) -> Tensor:
        """Return all of it as float32 (size,)."""
        parts = self.shares, self.weight, self.light, self.holders, self.led
        return torch.cat([part.flatten() for part in parts])


@dataclass(frozen=True, slots=True)
class Sight:
    """What a frame and the memory say together, before labels are chosen.

    Attributes:
        shares: (h·w, labels) averaged probabilities.
        weight: (h, w) of that average.
        light: (h, w) to remember.
        still: (h, w) 1 where nothing moves, 0 where all that was remembered is dropped.
    """

    shares: Tensor
    weight: Tensor
    light: Tensor
    still: Tensor


class Steadying(nn.Module):
    """Steadies the labels of a net. Its memory is one tensor, float32 (size,)."""

    def __init__(
        self, labels: int, grid: tuple[int, int], points: tuple[int, int], frame_size: tuple[int, int]
    ) -> None:
        """Lay the memory out.

        Args:
            labels: how many logits a place has.
            grid: (h, w) of the logits.
            points: (H, W) where labels are chosen.
            frame_size: of the frame whose light is compared.
        """
        super().__init__()
        self.labels, self.grid, self.points = labels, grid, points
        rows, columns = (max(1, side // cells) for side, cells in zip(frame_size, grid, strict=True))
        self.window = rows, columns
        cells, places = grid[0] * grid[1], points[0] * points[1]
        self.parts = [labels * cells, cells, cells, places, places]

    @property
    def size(self) -> int:
        """How many numbers are remembered."""
        return sum(self.parts)

    def unpacked(self, memory: Tensor) -> LabelMemory:
        """Memory (size,) → its parts."""
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
        """Average probabilities over time, each frame's by how sure it is, where nothing moved.

        Args:
            logits: (h·w, labels) of this frame.
            frame: (frame height, frame width, 3), 0–255.
            memory: from the frame before.
            dt: () seconds since then.
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
        """Choose the label of each place: the best, unless the one that has it may keep it.

        Args:
            values: (H·W, labels) the shares at each place; at steadiness 0 anything, and the greatest wins.
            sight: what `average` gave.
            memory: from the frame before.
            dt: () seconds since then.
            steadiness: () 0–1.

        Returns:
            The channels (H, W), as whole floats, and what to remember.
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
        """Frame (…, …, 3) → the mean light of each cell of the grid, read in the order that it lies in."""
        rows, columns = self.window
        down, across = frame.shape[0] // rows, frame.shape[1] // columns
        whole = frame[: down * rows, : across * columns]
        light = whole.reshape(down, rows, -1).mean(1).view(down, across, -1).mean(2)
        return nearest(light, self.grid)


def _compare(light: Tensor, before: Tensor) -> tuple[Tensor, Tensor]:
    """Light now and before → that of before in the exposure of now, and 1 where nothing moves, else 0.

    An exposure is a gain, fitted by least squares with Cauchy's weights: what moves says little about it.
    """
    apart = (light - before) / MOVED
    trust = 1 / (1 + apart.square())
    gain = (trust * light * before).sum() / ((trust * before.square()).sum() + 1e-6)
    before = before * gain
    change = F.avg_pool2d((light - before).unsqueeze(0), 3, 1, 1, count_include_pad=False).abs()
    moved = ((change - STILL) / (MOVED - STILL)).clamp(0, 1)
    moved = F.max_pool2d(moved, 3, 1, 1)[0]  # and what is beside it
    cut = (moved.mean() * (2 / CUT) - 1).clamp(0, 1)
    return before, 1 - torch.maximum(moved, cut)
