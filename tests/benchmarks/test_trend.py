"""The slope of a series and its interval, on series whose slope is known."""

import numpy as np
import pytest

from benchmarks.trend import POINTS, trend_of

TIMES = 10.0 * np.arange(60)
SLOPE = 0.01


def noise(dice, alike=0.0, count=60):
    """Return normal noise with neighbours that correlate by `alike`."""
    drawn = dice.normal(size=count + 100)
    for place in range(1, len(drawn)):
        drawn[place] += alike * drawn[place - 1]
    return drawn[100:]


@pytest.mark.parametrize("slope", [0.0, SLOPE, -SLOPE])
def test_a_straight_line_is_known_exactly(slope):
    found = trend_of(TIMES, 50 + slope * TIMES)
    assert found.slope == pytest.approx(slope)
    assert found.error == pytest.approx(0, abs=1e-9)
    assert found.growth == pytest.approx(slope * 540)


@pytest.mark.parametrize("alike", [0.0, 0.8])
def test_the_interval_holds_the_true_slope_of_noisy_series(alike):
    dice = np.random.default_rng(0)
    held = 0
    for _ in range(20):
        found = trend_of(TIMES, SLOPE * TIMES + noise(dice, alike))
        held += abs(found.slope - SLOPE) <= found.error
    assert held >= 17


def test_a_leak_of_half_the_limit_is_told_from_nothing():
    found = trend_of(TIMES, 350 + 2 / 600 * TIMES + 0.2 * noise(np.random.default_rng(0)))
    assert found.slope - found.error > 0
    assert found.growth == pytest.approx(2, abs=0.5)


def test_outliers_do_not_tilt_the_line():
    values = SLOPE * TIMES
    values[5::9] += 1000
    assert trend_of(TIMES, values).slope == pytest.approx(SLOPE)


@pytest.mark.parametrize("at", [12, 30, 50])
def test_a_step_counts_in_full(at):
    found = trend_of(TIMES, np.where(np.arange(60) < at, 100.0, 105.0))
    assert found.growth == 5


def test_a_long_series_is_thinned_and_keeps_its_slope():
    times = np.arange(50.0 * POINTS)
    found = trend_of(times, SLOPE * times + noise(np.random.default_rng(0), count=len(times)))
    assert abs(found.slope - SLOPE) <= found.error
    assert found.error < 1e-3
