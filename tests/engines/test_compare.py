"""Differences between two engines, and their limits."""

import numpy as np
import pytest

from engines.compare import EXACT, HALF, ROUNDED, compare_labels, compare_pictures, limits_of
from engines.errors import ParityError

MAP = np.arange(100, dtype=np.uint8).reshape(10, 10)
PICTURE = np.full((10, 10, 3), 250, np.uint8)


def test_labels_are_counted_over_all_frames():
    other = MAP.copy()
    other[0, :2] = 200
    assert compare_labels("x", [MAP, MAP], [MAP, other]).labels == 0.99


def test_errors_of_pictures_do_not_wrap_around():
    other = PICTURE.copy()
    other[0, 0, 0] = 4
    parity = compare_pictures("x", [PICTURE], [other])
    assert (parity.worst, parity.mean) == (246, 0.82)


def test_a_figure_that_was_not_measured_is_not_checked():
    compare_labels("x", [MAP], [MAP]).check(EXACT)
    compare_pictures("x", [PICTURE], [PICTURE]).check(EXACT)


def test_each_fault_is_named_with_its_limit():
    with pytest.raises(ParityError, match=r"only 0\.00% of labels agree \(at least 99\.9% must\)"):
        compare_labels("x", [MAP], [MAP + 1]).check(EXACT)
    with pytest.raises(ParityError, match=r"off by 5\.00/255 on average .* off by 5/255 at its worst"):
        compare_pictures("x", [PICTURE], [PICTURE + 5]).check(EXACT)


def test_less_precision_may_differ_by_more_and_half_still_agrees_on_99_of_100_labels():
    assert [limits_of(name) for name in ("fp32", "fp16", "bf16")] == [EXACT, HALF, ROUNDED]
    assert EXACT.labels > HALF.labels == 0.99 > ROUNDED.labels
    assert HALF.mean == 1
