"""`neteyes bench soak` as its users meet it."""

import json
import signal

import cv2
import psutil
import pytest

import benchmarks.soak
from benchmarks.soak_run import SoakSample

pytestmark = pytest.mark.alone


@pytest.fixture
def soaked(monkeypatch):
    """`soaked(growth, faults=(), every=3.0)` has the command find a run that grew so many megabytes."""

    def make(growth, faults=(), every=3.0):
        samples = [
            SoakSample(every * at, 300 + growth * at / 400, 20, 30, 75, 80.0, at // 7) for at in range(1, 601)
        ]

        def measure(folder, *, limit, **asked):
            figures = benchmarks.soak.figures_of(samples, limit)
            return {
                "machine": {"processor": "One", "cores": 2},
                "input": "scene://duel",
                "minutes": 30.0,
                "faults": [*benchmarks.soak.faults_of(figures), *faults],
                **figures,
                "samples": [{"at": one.at, "memory_mb": one.memory_mb, "age_ms": 80.0} for one in samples],
            }

        monkeypatch.setattr(benchmarks.soak, "measure_soak", measure)

    return make


def test_a_run_that_does_not_grow_passes_and_leaves_figures_and_a_picture(neteyes, soaked, tmp_path):
    soaked(1.0)
    result = neteyes("bench", "soak", "--out", "a/b")
    assert result.code == 0, result.err
    for word in ("memory MB", "of 4", "age when shown ms", "threads", "descriptors"):
        assert word in result.out
    assert json.loads((tmp_path / "a" / "b" / "soak.json").read_text())["memory"]["grown"] < 1
    assert cv2.imread("a/b/soak.png") is not None


def test_a_run_that_grows_too_much_ends_with_1(neteyes, soaked):
    soaked(8.0)
    result = neteyes("bench", "soak")
    assert result.code == 1
    assert "Its memory grew by 7.2 MB, more than the 4 allowed." in result.out
    assert neteyes("bench", "soak", "--limit", 10).code == 0


def test_half_a_minute_gets_no_verdict_whatever_it_grew_by(neteyes, soaked):
    soaked(8.0, every=0.05)
    result = neteyes("bench", "soak", "--minutes", 0.5)
    assert result.code == 0
    said = " ".join(result.out.split())
    assert (
        "No verdict on growth: 0.3 minutes after the warm-up are too few. It needs 10: --minutes 15." in said
    )
    assert "an hour" in said and "of 4" not in said
    assert said.count("too short") == 2


def test_a_run_that_did_not_last_ends_with_1_and_its_last_words(neteyes, soaked):
    soaked(0.0, ["It ended by itself: the disk is on fire [here]."])
    result = neteyes("bench", "soak")
    assert result.code == 1
    assert "the disk is on fire [here]." in result.out


def lines(table):
    return len(table.read_text().splitlines()) if table.exists() else 0


@pytest.mark.slow
def test_ctrl_c_ends_both_with_what_there_is(start, wait_for, tmp_path):
    """It comes after 30 samples, about 10 s."""
    table = tmp_path / "o" / "soak.csv"
    process = start("bench", "soak", "--minutes", 2, "--limit", 1000, "--out", "o", log=tmp_path / "log")
    wait_for(lambda: process.poll() is not None or lines(table) > 30, 60)
    assert process.poll() is None
    family = psutil.Process(process.pid).children(recursive=True)
    assert family
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0, (tmp_path / "log").read_text()
    assert not any(child.is_running() for child in family)
    result = json.loads((tmp_path / "o" / "soak.json").read_text())
    assert result["minutes"] < 2 and result["faults"] == []
    assert (tmp_path / "o" / "soak.png").exists()
