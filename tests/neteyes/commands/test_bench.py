"""`neteyes bench` and `neteyes bench likeness`, as their users meet them."""

import json
import shutil

import cv2
import pytest

from export.train.data import held_out


@pytest.fixture
def photos(shared_data, tmp_path):
    """A folder of four labelled photos."""
    for kind in ("photos", "labels"):
        (tmp_path / "scenes" / kind).mkdir(parents=True)
        for path in sorted((shared_data / "scenes" / kind).iterdir())[:4]:
            shutil.copy(path, tmp_path / "scenes" / kind)
    return tmp_path / "scenes"


def test_the_speed_bench_leaves_figures_and_a_picture(neteyes, tmp_path):
    result = neteyes(
        "bench", "--frames", 5, "--seconds", 1, "--threads", 1, "--out", "o", "--report", "r.json"
    )
    assert result.code == 0, result.err
    figures = json.loads((tmp_path / "o" / "bench.json").read_text())
    assert figures == json.loads((tmp_path / "r.json").read_text())
    for costs in figures["alone"].values():
        assert [cost["part"] for cost in costs] == ["capture", "segment", "synthesize", "guard", "compose"]
    for loop in ("throughput", "unguarded", "live"):
        assert figures[loop]["frames_out"] == 5
        assert ("guard" in figures[loop]["stage_ms"]) == (loop != "unguarded")
    assert figures["bound_fps"] > 0
    told = "Other programs took" in result.out
    assert told == (figures["others_cores"] > 0.1 * figures["machine"]["cores"])
    assert cv2.imread("o/bench.png") is not None


def test_likeness_leaves_figures_and_a_sheet(neteyes, shared_data, photos, tmp_path):
    pytest.importorskip("ai_edge_litert", reason="the teachers' runtime is not installed")
    common = ("bench", "likeness", "--photos", photos, "--teachers", shared_data / "teachers", "--threads", 1)
    result = neteyes(*common, "--limit", 2, "--out", "a/b", "--report", "r.json")
    assert result.code == 0, result.err
    assert "2 of 4 photos" in result.out
    figures = json.loads((tmp_path / "a" / "b" / "likeness.json").read_text())
    assert figures == json.loads((tmp_path / "r.json").read_text())
    assert (figures["bundle"], figures["photos"]) == ("small", 2)
    for part in ("segment", "round_trip"):
        assert 0 <= figures[part]["accuracy"] <= 1
        assert all(0 <= iou <= 1 for iou in figures[part]["iou"].values())
    assert set(figures["segment"]["iou"]) == set(figures["round_trip"]["iou"])
    sheet = cv2.imread("a/b/likeness.png")
    assert sheet.shape[0] > 2 * 256
    assert sheet.shape[1] > 4 * 256

    kept = sum(held_out(path.name) for path in (photos / "photos").iterdir())
    assert 0 < kept < 4
    assert f"{kept} of 4 photos" in neteyes(*common, "--held-out").out


def test_missing_teachers_are_an_error_that_says_so(neteyes, photos):
    result = neteyes("bench", "likeness", "--photos", photos)
    assert result.code == 1
    assert "is missing" in result.err
    assert "--teachers" in result.err


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["likeness"], 2, "--photos"),
        (["likeness", "--photos", "nowhere"], 1, "labels/NAME.png"),
        (["--bundle", "x", "likeness", "--photos", "nowhere"], 2, "Write --bundle behind 'likeness'"),
        (["likness"], 2, "likeness"),
        (["--out", "file/o"], 1, "Cannot make the folder file/o"),
        (["--report", "no/r.json"], 1, "no is not a folder"),
    ],
)
def test_bad_input_gets_a_clear_error_and_the_right_exit_code(neteyes, tmp_path, words, code, message):
    (tmp_path / "file").touch()
    result = neteyes("bench", *words)
    assert (result.code, message in result.err) == (code, True), result.err
