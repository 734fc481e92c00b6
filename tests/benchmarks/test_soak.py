"""The figures and faults of a long run: of made samples, and of real runs that end in different ways."""

import csv
from dataclasses import replace

import cv2
import numpy as np
import psutil
import pytest

from benchmarks.plots.soak import plot_soak
from benchmarks.soak import FEWEST, faults_of, figures_of, is_judged, measure_soak
from benchmarks.soak_run import SoakSample
from engines.errors import NetEyesError, SinkError

pytestmark = pytest.mark.alone


def samples(memory, age=lambda at: 80.0, restarts=lambda at: int(at // 20), seconds=1800):
    """Return samples of every 3 s, from functions of the seconds since the start."""
    times = np.arange(3.0, seconds + 1, 3.0)
    return [SoakSample(at, memory(at), 20, 30, 75, age(at), restarts(at)) for at in times.tolist()]


def test_growth_during_the_warm_up_does_not_count():
    figures = figures_of(samples(lambda at: 100 + min(at, 590)))
    assert figures["window_minutes"] == [10, 30]
    assert figures["memory"]["grown"] == figures["memory"]["slope_an_hour"] == 0


def test_a_leak_shows_in_growth_and_slope():
    figures = figures_of(samples(lambda at: 300 + at / 3600 * 15))
    assert figures["memory"]["slope_an_hour"] == pytest.approx(15)
    assert figures["memory"]["grown"] == pytest.approx(4.5, abs=0.1)  # of 5, between middles of tenths
    assert any("grew by 4.5 MB" in words for words in faults_of(figures))
    assert not list(faults_of(figures_of(samples(lambda at: 300 + at / 3600 * 10))))


def test_half_a_minute_is_too_short_for_a_verdict_on_growth():
    figures = figures_of(samples(lambda at: 300 + at, seconds=45))
    assert figures["memory"]["grown"] > 4
    assert not is_judged(figures)
    assert not list(faults_of(figures))
    assert is_judged(figures_of(samples(lambda at: 300.0, seconds=900)))


def test_intervals_in_which_nothing_was_shown_have_no_age():
    figures = figures_of(samples(lambda at: 300.0, age=lambda at: None if at % 60 < 3 else 80 + at / 36))
    assert figures["age"]["slope_an_hour"] == pytest.approx(100)
    assert figures_of(samples(lambda at: 300.0, age=lambda at: None))["age"] is None


def test_a_run_that_shows_nothing_in_the_end_or_does_not_answer_is_at_fault():
    seen = samples(lambda at: 300.0)
    dark = [replace(one, frames=0) if one.at > 1600 else one for one in seen]
    assert list(faults_of(figures_of(dark))) == ["In the end it showed nothing for 201 s."]
    assert figures_of(seen)["dark"] == 0
    assert not list(faults_of(figures_of(seen), unanswered=0.01))
    assert any("50%" in words for words in faults_of(figures_of(seen), unanswered=0.5))


def test_each_reconnect_of_the_source_is_listed_with_its_time():
    figures = figures_of(samples(lambda at: 300.0))
    assert figures["restarts"] == 90
    assert figures["restarted_at"][:3] == [21, 42, 60]
    assert figures["fps"] == [25, 25]


def test_a_run_with_and_without_ages_can_be_drawn(tmp_path):
    for name, age in (("a", lambda at: 80.0), ("b", lambda at: None)):
        seen = samples(lambda at: 300.0, age=age)
        result = {
            "minutes": 30.0,
            "input": "fault+scene://duel?reset=20s",
            "machine": {"processor": "One", "cores": 2},
            "samples": [{"at": one.at, "memory_mb": one.memory_mb, "age_ms": one.age_ms} for one in seen],
            **figures_of(seen),
        }
        plot_soak(result, tmp_path / f"{name}.png")
        assert cv2.imread(str(tmp_path / f"{name}.png")) is not None


def family():
    return psutil.Process().children(recursive=True)


@pytest.mark.slow
def test_a_real_run_is_watched_until_its_time_is_over(tmp_path):
    """The run lasts 12 s, in which the source is cut twice."""
    source = "fault+scene://duel?drop=0.1&reset=2s"
    result = measure_soak(tmp_path, seconds=12, source=source, limit=1000)
    assert result["faults"] == []
    assert result["restarts"] == len(result["restarted_at"]) >= 2
    assert result["memory"]["last"] > 100 and result["threads"][1] > 5 and result["descriptors"][1] > 5
    assert result["age"]["last"] > 0
    with (tmp_path / "soak.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["memory_mb"]) for row in rows] == [one["memory_mb"] for one in result["samples"]]
    assert list(tmp_path.glob("soak-*.mkv"))
    assert not family()


@pytest.mark.slow
def test_a_run_that_ends_by_itself_has_not_passed(tmp_path):
    """The run lasts 6 s of the 60 s that were asked for."""
    result = measure_soak(tmp_path, seconds=60, source="scene://duel?seconds=6", limit=1000)
    assert result["faults"][-1] == "It ended by itself, with exit code 0: The run is over."


@pytest.mark.slow
def test_a_run_that_is_killed_has_not_passed(tmp_path):
    """The run is killed after 2 * FEWEST samples, about 6 s."""

    def attend(at, seen):
        if len(seen) == 2 * FEWEST:
            for one in family():
                one.kill()
        return True

    result = measure_soak(tmp_path, seconds=60, source="scene://duel", limit=1000, attend=attend)
    assert any("ended by itself, with exit code -9" in words for words in result["faults"])


def test_a_run_that_never_starts_is_an_error_with_its_last_message(tmp_path):
    with pytest.raises(NetEyesError, match=r"scene: 'nobody'.*run\.jsonl"):
        measure_soak(tmp_path, seconds=60, source="fault+scene://nobody?reset=4s")
    assert not family()


def test_a_missing_folder_is_an_error_before_anything_runs(tmp_path):
    with pytest.raises(SinkError, match=r"Cannot write .*soak\.csv"):
        measure_soak(tmp_path / "away", seconds=60)
    assert not family()
