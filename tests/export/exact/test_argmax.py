"""The label with the greatest value is the one that ArgMax gives."""

import torch

from export.exact.argmax import best_of


def test_the_greatest_wins_and_of_equals_the_first() -> None:
    torch.manual_seed(0)
    values = torch.randint(0, 5, (1000, 7)).float()  # many are equal
    best, greatest = best_of(values)
    first = (values == values.amax(1, keepdim=True)).int().argmax(1)
    assert torch.equal(best, first.float())
    assert torch.equal(greatest, values.amax(1))


def test_a_place_with_only_nan_still_gets_a_valid_label() -> None:
    best, _ = best_of(torch.full((3, 4), torch.nan))
    assert set(best.tolist()) <= {0.0, 1.0, 2.0, 3.0}
