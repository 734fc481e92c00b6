import numpy as np
import pytest

from stream.meter import Histogram, Meter


def test_percentiles_are_right_to_a_percent_whatever_the_scale():
    durations = np.random.default_rng(0).lognormal(-4, 1.5, 5000)
    histogram = Histogram()
    for duration in durations:
        histogram.add(duration)
    for percent in (50, 95, 99):
        assert histogram.percentile(percent) == pytest.approx(np.percentile(durations, percent), rel=0.02)


def test_nothing_counted_has_no_percentiles():
    assert Histogram().in_ms() == {"p50": None, "p95": None, "p99": None}


def test_durations_out_of_range_are_counted_at_the_ends():
    histogram = Histogram()
    histogram.add(0.0)
    histogram.add(1e9)
    assert histogram.percentile(1) < 1e-5
    assert histogram.percentile(100) > 100


def test_fps_is_unknown_before_the_second_frame():
    meter = Meter()
    meter.shown(0.0)
    assert meter.fps is None
    meter.shown(0.0)
    assert meter.fps > 0
