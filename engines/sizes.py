"""Read and write the sizes of nets as users do, WIDTHxHEIGHT, and find the nearest one for a picture."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from engines.errors import UsageError

Size = tuple[int, int]
"""Height and width in pixels, in the order of an array's axes."""


def parse_size(text: str) -> Size:
    """Return (height, width) in pixels of a size that is written WIDTHxHEIGHT.

    Raises:
        UsageError: the text is no such size.
    """
    sides = re.fullmatch(r"([1-9]\d{0,4})[x×]([1-9]\d{0,4})", text.strip().lower(), re.ASCII)
    if not sides:
        raise UsageError(f"A size reads WIDTHxHEIGHT, as in 512x256; got '{text}'.")
    return int(sides[2]), int(sides[1])


def size_text(size: Size) -> str:
    """Return a size (height, width) as users write it: WIDTHxHEIGHT."""
    return f"{size[1]}x{size[0]}"


def parse_sizes(text: str) -> tuple[Size, ...]:
    """Return the sizes of a list such as `256x256,384x224`, each as (height, width).

    Raises:
        UsageError: one is no size, or stands there twice.
    """
    sizes = tuple(map(parse_size, text.split(",")))
    if len(set(sizes)) < len(sizes):
        raise UsageError(f"'{text}' names a size twice. Take one of them out.")
    return sizes


def nearest_size(shape: Size, sizes: Sequence[Size]) -> Size:
    """Return the size whose proportions are nearest to those of `shape`, by their ratio; of equals the first.

    Args:
        shape: (height, width) of a picture.
        sizes: at least one.
    """
    aspect = math.log(shape[1] / shape[0])
    return min(sizes, key=lambda size: abs(math.log(size[1] / size[0]) - aspect))
