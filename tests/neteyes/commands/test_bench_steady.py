"""`neteyes bench steady`, as its users meet it."""

import json

import cv2


def test_it_leaves_figures_and_a_picture(neteyes, monkeypatch, tmp_path):
    monkeypatch.setattr("benchmarks.films.PLACES", ("room",))
    words = ("--backend", "openvino", "--backend", "onnxruntime", "--seconds", 0.5, "--threads", 1)
    result = neteyes("bench", "steady", *words, "--out", "o", "--report", "r.json")
    assert result.code == 0, result.err
    for row in ("flips %", "flash transitions", "mIoU", "along motion %", "new object ms", "labels alike %"):
        assert row in result.out
    figures = json.loads((tmp_path / "o" / "steady.json").read_text())
    assert figures == json.loads((tmp_path / "r.json").read_text())
    assert len(figures["runtimes"]) == 2
    assert [film["kind"] for film in figures["films"]] == ["still", "duel", "appears"]
    for film in figures["films"]:
        for side in ("without", "with", "alike"):
            assert list(film[side]) == figures["runtimes"]
    assert cv2.imread("o/steady.png") is not None


def test_a_runtime_that_is_none_and_a_steadiness_that_is_none_are_refused(neteyes):
    assert neteyes("bench", "steady", "--backend", "openvin").code == 2
    assert neteyes("bench", "steady", "--steadiness", 2).code == 2
