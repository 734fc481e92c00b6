"""Differences between two engines, and their limits."""

import numpy as np
import pytest

from engines.compare import (
    EXACT,
    HALF,
    ROUNDED,
    Parity,
    compare_labels,
    compare_pictures,
    limits_of,
    memory_difference,
)
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


def test_memories_of_values_on_all_scales_are_compared():
    memory = np.array([0.0, 0.001, 0.5, 1.0, 200.0, 30.0], np.float32)
    assert memory_difference([memory], [memory]) == 0
    assert memory_difference([memory], [np.zeros_like(memory)]) == 1  # all four values that count are gone
    for place, share in ((2, 0.25), (4, 0.25), (0, 0), (1, 0)):
        other = memory.copy()
        other[place] = 0
        assert memory_difference([memory], [other]) == share
    tenth = memory * np.float32(1.1)
    assert memory_difference([memory, memory], [tenth, memory]) == pytest.approx(0.1 / 1.1 / 2, abs=1e-4)


def test_a_memory_that_is_no_number_differs_wholly():
    memory = np.ones(4, np.float32)
    assert memory_difference([memory], [np.full(4, np.nan, np.float32)]) == 1
    assert memory_difference([memory], [np.full(4, np.inf, np.float32)]) == 1


def test_a_memory_beyond_its_limit_is_a_fault():
    with pytest.raises(ParityError, match=r"what it remembers differs by 12\.00% \(at most 0\.1% may\)"):
        Parity("x", 1, memory=0.12).check(EXACT)
    with pytest.raises(ParityError, match="what it remembers"):
        Parity("x", 1, memory=float("nan")).check(EXACT)
    Parity("x", 1, memory=0.0005).check(EXACT)
