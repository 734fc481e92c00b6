"""SqueezeNet 1.1: an ImageNet net whose features measure how real a picture looks.

Iandola et al., *SqueezeNet: AlexNet-level accuracy with 50x fewer parameters* (2016), version
1.1. The network only.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engines.errors import CheckpointError

MEAN = (104.0, 117.0, 123.0)
"""The mean of the pixels, BGR 0–255, which is subtracted."""

_FIRES = {
    2: (16, 64),
    3: (16, 64),
    4: (32, 128),
    5: (32, 128),
    6: (48, 192),
    7: (48, 192),
    8: (64, 256),
    9: (64, 256),
}
_POOLED_BEHIND = (3, 5)


class Fire(nn.Module):
    """A block: squeeze 1×1, then expand by 1×1 and by 3×3, side by side."""

    def __init__(self, inputs: int, squeezed: int, expanded: int) -> None:
        """Build the block; it returns `2 * expanded` channels."""
        super().__init__()
        self.squeeze1x1 = nn.Conv2d(inputs, squeezed, 1)
        self.expand1x1 = nn.Conv2d(squeezed, expanded, 1)
        self.expand3x3 = nn.Conv2d(squeezed, expanded, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, inputs, h, w) to (N, 2 * expanded, h, w)."""
        x = F.relu(self.squeeze1x1(x))
        return F.relu(torch.cat([self.expand1x1(x), self.expand3x3(x)], 1))


class SqueezeNet(nn.Module):
    """The net, with ImageNet's 1000 classes.

    Attributes:
        channels: numbers of channels of the five features.
    """

    channels = (64, 128, 256, 384, 512)

    def __init__(self) -> None:
        """Build the net with torch's own initial weights."""
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3, 2)
        inputs = 64
        for number, (squeezed, expanded) in _FIRES.items():
            self.add_module(f"fire{number}", Fire(inputs, squeezed, expanded))
            inputs = 2 * expanded
        self.conv10 = nn.Conv2d(inputs, 1000, 1)

    def features(self, picture: Tensor) -> list[Tensor]:
        """Return the features behind conv1, fire3, fire5, fire7 and fire9 of (N, 3, h, w) RGB in −1…1."""
        mean = torch.tensor(MEAN, dtype=picture.dtype, device=picture.device).view(3, 1, 1)
        x = F.relu(self.conv1((picture.flip(1) + 1) * 127.5 - mean))
        found = [x]
        x = _pool(x)
        for number in _FIRES:
            x = self.get_submodule(f"fire{number}")(x)
            if number % 2:
                found.append(x)
            if number in _POOLED_BEHIND:
                x = _pool(x)
        return found

    def classes(self, features: list[Tensor]) -> Tensor:
        """Return the logits (N, 1000, h/16, w/16) of each place, from the features of `features`."""
        return F.relu(self.conv10(features[-1]))


def _pool(x: Tensor) -> Tensor:
    return F.max_pool2d(x, 3, 2, ceil_mode=True)


def load_squeezenet(path: Path) -> SqueezeNet:
    """Load the net, in evaluation mode, from the arrays `NAME.weight` and `NAME.bias` of a .npz file.

    Raises:
        CheckpointError: the file is missing, cannot be read, or holds another net.
    """
    try:
        with np.load(path) as arrays:
            state = {
                key.replace("/", "."): torch.from_numpy(arrays[key].astype(np.float32))
                for key in arrays.files
            }
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} cannot be read as SqueezeNet's weights ({error}).") from error
    net = SqueezeNet()
    try:
        net.load_state_dict(state)
    except RuntimeError as error:
        raise CheckpointError(f"{path} holds another net than SqueezeNet 1.1: {error}") from error
    return net.eval().requires_grad_(False)
