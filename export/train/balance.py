"""Keep discriminators from overfitting to few photos.

Zhao et al., *Differentiable Augmentation for Data-Efficient GAN Training* (NeurIPS 2020), its colours;
Tseng et al., *Regularizing Generative Adversarial Networks under Limited Data* (CVPR 2021), LeCam.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Recolour:
    """One random change of brightness, saturation and contrast a picture, the same for photo and painting."""

    def __init__(self, count: int, device: torch.device) -> None:
        """Draw the changes of `count` pictures."""
        self._light = (torch.rand(count, 1, 1, 1, device=device) - 0.5) * 0.8
        self._colour = torch.rand(count, 1, 1, 1, device=device) * 2
        self._contrast = torch.rand(count, 1, 1, 1, device=device) + 0.5

    def __call__(self, picture: Tensor) -> Tensor:
        """Change pictures (n, 3, h, w), of which there may be fewer than changes."""
        n = len(picture)
        x = picture + self._light[:n]
        grey = x.mean(1, keepdim=True)
        x = grey + (x - grey) * self._colour[:n]
        middle = x.mean((1, 2, 3), keepdim=True)
        return middle + (x - middle) * self._contrast[:n]


class LeCam(nn.Module):
    """A penalty that pulls each side's scores towards the moving mean of the other's."""

    means: Tensor

    def __init__(self, decay: float = 0.99) -> None:
        """Start both means at 0."""
        super().__init__()
        self._decay = decay
        self.register_buffer("means", torch.zeros(2))  # of real, of painted

    def forward(self, real: Tensor, painted: Tensor) -> Tensor:
        """Return the penalty of two sets of scores, and update their moving means."""
        seen = torch.stack([real.detach().float().mean(), painted.detach().float().mean()])
        self.means.lerp_(seen, 1 - self._decay)
        on_real, on_painted = self.means
        return F.relu(real - on_painted).square().mean() + F.relu(on_real - painted).square().mean()
