import time
import tracemalloc

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


def test_counts_up_to_a_bound_grow_with_it_and_end_with_all_of_them():
    durations = np.random.default_rng(0).lognormal(-4, 1.5, 5000)
    histogram = Histogram()
    for duration in durations:
        histogram.add(duration)
    bounds = [0.001, 0.005, 0.02, 0.1, 0.5, 100]
    counts, total = histogram.up_to(bounds)
    assert counts == sorted(counts)
    assert counts[-1] == total == 5000
    assert histogram.sum == pytest.approx(durations.sum())
    for bound, count in zip(bounds, counts, strict=True):
        assert (durations <= bound * 0.99).sum() <= count <= (durations <= bound * 1.01).sum()


def test_nothing_counted_is_nothing_up_to_any_bound():
    assert Histogram().up_to([0.1, 1]) == ([0, 0], 0)


def test_a_notice_shows_that_the_loop_moves_and_is_no_frame():
    meter = Meter()
    assert meter.since_captured is meter.since_shown is meter.since_written is None
    meter.noticed()
    assert meter.since_shown is None
    assert meter.since_written >= 0
    assert meter.frames_out == 0
    meter.captured()
    meter.shown(1, 0.0)
    assert min(meter.since_captured, meter.since_shown, meter.since_written) >= 0


def test_fps_is_unknown_before_the_second_frame():
    meter = Meter()
    meter.shown(2, 0.0)
    assert meter.fps is None
    meter.shown(3, 0.0)
    assert meter.fps > 0


def test_the_current_age_forgets_old_frames(monkeypatch, wait_for):
    monkeypatch.setattr("stream.meter.LATELY", 0.5)
    meter = Meter()
    assert meter.age is None
    for index in range(100):
        meter.shown(index, time.monotonic() - 9)
    assert 9 <= meter.age < 10
    wait_for(lambda: meter.age is None)
    meter.shown(100, time.monotonic() - 0.01)
    assert 0.01 <= meter.age < 1
    assert meter.ages.percentile(50) > 8, "the report is about the whole run"


def test_outputs_that_are_broken_for_days_cost_no_memory():
    meter = Meter()
    tracemalloc.start()
    for index in range(200_000):
        meter.missed(index)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1_000_000
    assert meter.frames_missed == 200_000


def test_each_frame_is_counted_once_whichever_output_shows_or_misses_it_first():
    meter = Meter()
    meter.missed(1)
    meter.shown(0, 0.0)  # it was being written when the next but one came
    meter.shown(1, 0.0)  # late, on another output
    meter.missed(1)
    meter.shown(2, 0.0)
    meter.missed(2)
    assert (meter.frames_out, meter.frames_missed) == (2, 1)
