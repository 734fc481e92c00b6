"""Neighbourhoods of a map: each that occurs once, and the one of each pixel."""

import numpy as np
import pytest
import torch

from export.exact.neighbourhoods import FACTORS, SLOTS, Neighbourhoods

OUTSIDE = 99


def around(numbers):
    """Return the neighbourhood of each pixel, (h·w, 9), by numpy."""
    framed = np.pad(numbers, 1, constant_values=OUTSIDE)
    return np.lib.stride_tricks.sliding_window_view(framed, (3, 3)).reshape(-1, 9)


def blobs():
    y, x = np.mgrid[:48, :64]
    return ((x // 9 + y // 13) % 5).astype(np.int32)


def noise():
    return np.random.default_rng(0).integers(0, 90, (48, 64)).astype(np.int32)


@pytest.mark.parametrize(
    "numbers", [blobs(), noise(), np.zeros((8, 8), np.int32)], ids=["blobs", "noise", "flat"]
)
def test_each_pixel_finds_its_own(numbers):
    found = Neighbourhoods.of(torch.from_numpy(numbers), OUTSIDE)
    mine = found.each[found.ids.flatten()].numpy()
    assert np.array_equal(mine, around(numbers))


@pytest.mark.parametrize("numbers", [blobs(), np.zeros((8, 8), np.int32)], ids=["blobs", "flat"])
def test_without_collisions_no_neighbourhood_is_listed_twice(numbers):
    found = Neighbourhoods.of(torch.from_numpy(numbers), OUTSIDE)
    assert len(found.each) == len(np.unique(around(numbers), axis=0))


def test_neighbourhoods_that_collide_in_the_hash_table_stay_apart():
    numbers = torch.zeros(1, 8, dtype=torch.int32)
    centre = FACTORS[4]
    numbers[0, 2], numbers[0, 6] = SLOTS, 0  # SLOTS × any factor falls in the same slot as 0 × it
    found = Neighbourhoods.of(numbers, OUTSIDE)
    assert SLOTS * centre % SLOTS == 0
    assert found.ids[0, 2] != found.ids[0, 6]


def test_rows_reach_the_pixels_they_stand_for():
    found = Neighbourhoods.of(torch.from_numpy(blobs()), OUTSIDE)
    sums = found.each.sum(1, keepdim=True).double()
    assert np.array_equal(found.spread(sums)[0, ..., 0].numpy().ravel(), around(blobs()).sum(1))


def test_the_hash_stays_within_32_bits_for_the_greatest_picture():
    assert 512 * 512 * sum(FACTORS) < 2**31
