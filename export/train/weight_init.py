"""Initialise the small painter's weights, and set their learning rates."""

from typing import Any

import torch
from torch import nn

from export.nets.spade import SLOPE, Generator


def initialise(net: Generator) -> None:
    """Initialise the weights so that labels matter from the start: only one input of a one-hot map is 1."""
    for name, module in net.named_modules():
        if isinstance(module, nn.Linear):  # a look of unit size must not outweigh the one label
            nn.init.normal_(module.weight, std=0.1 if name == "fc_look" else 0.1 * 0.7)
        if not isinstance(module, nn.Conv2d):
            continue
        if "mlp_shared" in name:
            nn.init.normal_(module.weight, std=0.7)
        elif "mlp_" in name:
            nn.init.normal_(module.weight, std=0.1)
        elif name == "fc":
            nn.init.normal_(module.weight, std=1 / 3)
        else:
            nn.init.kaiming_normal_(module.weight, a=SLOPE)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
        if net.config.grain and ("mlp_shared" in name or name == "fc"):  # all inputs of the grain are active
            with torch.no_grad():
                module.weight[:, -net.config.grain :] *= 0.2
    with torch.no_grad():
        net.conv_img.weight.mul_(0.1)
        shuffle = net.conv_shuffle
        if shuffle is not None:
            shuffle.weight.copy_(shuffle.weight[::4].repeat_interleave(4, 0))
        elif net.config.shuffle:  # a shuffle's four pixels start equal, else the picture starts with a grid
            net.conv_img.weight.copy_(net.conv_img.weight[::4].repeat_interleave(4, 0))


def learning_rates(net: Generator, rate: float) -> list[dict[str, Any]]:
    """Return parameter groups; the modulation's rate is doubled, since few labels use each of its weights."""
    modulation = [p for name, p in net.named_parameters() if "mlp_" in name]
    rest = [p for name, p in net.named_parameters() if "mlp_" not in name]
    return [{"params": rest, "lr": rate}, {"params": modulation, "lr": 2 * rate}]
