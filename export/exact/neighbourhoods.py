"""Find the different neighbourhoods in a label map, each once.

A convolution over a label map gives the same result wherever the labels around are the same. A map of blobs
holds few different neighbourhoods: a 256×256 COCO-Stuff map has 2 different 3×3 neighbourhoods for 100
pixels, and 7 different 5×5 ones. So everything that depends on labels alone is computed once for each
neighbourhood that occurs, and is looked up everywhere else.
"""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor
from torch.nn import functional as F

SLOTS = 262_139  # size of the hash table, a prime
FACTORS = (367, 17, 863, 1, 641, 97, 751, 229, 503)
"""The hash's factors: small enough for 32 bits, even if each of 512×512 pixels has another neighbourhood."""


@dataclass(frozen=True, slots=True)
class Neighbourhoods:
    """The different 3×3 neighbourhoods of a map of whole numbers, and the one of each pixel.

    Attributes:
        each: int32 (k, 9), the numbers in each neighbourhood that occurs, row by row of the 3×3.
        ids: int64 (h, w), for each pixel the row of `each` that is its neighbourhood.
    """

    each: Tensor
    ids: Tensor

    @classmethod
    def of(cls, numbers: Tensor, outside: int) -> Self:
        """Find the neighbourhoods of a map.

        Args:
            numbers: int32 (h, w), from 0; no greater than 2³¹ / Σ `FACTORS`.
            outside: the number beyond the map's edges.
        """
        h, w = numbers.shape
        framed = F.pad(numbers, (1, 1, 1, 1), value=outside)
        shifted = [framed[y : y + h, x : x + w].flatten() for y in range(3) for x in range(3)]
        around = torch.stack(shifted)  # (9, h·w)
        first = _first_alike(around)  # (h·w,)
        fresh = first == torch.arange(h * w)
        rank = fresh.long().cumsum(0) - 1
        each = around.index_select(1, fresh.nonzero().squeeze(1)).t()  # (k, 9)
        return cls(each, rank.index_select(0, first).view(h, w))

    def spread(self, rows: Tensor) -> Tensor:
        """Give each pixel the row of its neighbourhood: (k, C) → (1, h, w, C)."""
        return rows.index_select(0, self.ids.flatten()).view(1, *self.ids.shape, rows.shape[1])


def _first_alike(columns: Tensor) -> Tensor:
    """Return for each column of int32 (9, n) the index of one representative of all equal columns.

    A hash table finds it. Where two different columns meet in a slot, the one that lost represents itself. So
    a collision costs a little time and changes no answer.
    """
    factors = torch.tensor(FACTORS, dtype=columns.dtype)[:, None]
    slots = ((columns * factors).sum(0, dtype=columns.dtype) % SLOTS).long()  # (n,)
    places = torch.arange(columns.shape[1])
    table = torch.zeros(SLOTS, dtype=torch.long).scatter_reduce(0, slots, places, "amax")
    found = table.index_select(0, slots)
    alike = (columns.index_select(1, found) == columns).all(0)
    return torch.where(alike, found, places)
