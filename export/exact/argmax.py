"""Compute an argmax over labels, with the result of ArgMax, by operators that are quicker on processors."""

import torch
from torch import Tensor


def best_of(values: Tensor) -> tuple[Tensor, Tensor]:
    """Return the label with the greatest value at each place, and that value.

    Of equal values the first wins, as in ArgMax. ArgMax over labels that are not adjacent in memory takes
    OpenVINO 3 ms for 128×128 places and 48 labels, and ONNX Runtime 2 ms; this takes each less than 1 ms.

    Args:
        values: (places, labels).

    Returns:
        labels: (places,), whole numbers as floats.
        greatest: (places,).
    """
    labels = values.shape[1]
    backwards = torch.arange(labels, 0, -1, dtype=values.dtype)
    greatest = values.amax(1, keepdim=True)
    wins = (values == greatest).to(values.dtype) * backwards  # of several, the first has the greatest number
    best = (labels - wins.amax(1)).clamp(max=labels - 1)  # where all values are NaN, no label wins
    return best, greatest.squeeze(1)
