"""`neteyes bench steady`, as its users meet it."""

import json

import cv2
import pytest
from rich.text import Text

from neteyes.commands.bench_steady import ROWS, _verdict


def test_it_leaves_figures_and_a_picture(neteyes, monkeypatch, tmp_path):
    monkeypatch.setattr("benchmarks.films.PLACES", ("room",))
    monkeypatch.setenv("COLUMNS", "120")
    words = ("--backend", "openvino", "--backend", "onnxruntime", "--seconds", 0.5, "--threads", 1)
    result = neteyes("bench", "steady", *words, "--out", "o", "--report", "r.json")
    assert result.code == 0, result.err
    for row in ("flips %", "flash transitions", "mIoU", "along motion %", "new object ms", "labels alike %"):
        assert row in result.out
    for line in result.out.splitlines():
        judged = line.rstrip().endswith(("met", "missed"))
        assert judged == any(word in line for word in ("flips %, ", "≤", "mIoU", "new object")), line
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


@pytest.mark.parametrize(
    ("kind", "key", "before", "after", "verdict"),
    [
        ("still", "flips", 0.010, 0.002, "met"),
        ("still", "flips", 0.010, 0.004, "missed"),
        ("still", "flips", 0.050, 0.006, "missed"),
        ("still", "general", 12, 6, "met"),
        ("still", "general", 12, 7, "missed"),
        ("duel", "miou", 0.700, 0.691, "met"),
        ("duel", "miou", 0.700, 0.689, "missed"),
        ("duel", "flips", 0.010, 0.020, ""),
        ("appears", "ms", 100, 150, "met"),
        ("appears", "ms", 100, 151, "missed"),
        ("clip", "flips", 0.010, 0.004, "missed"),
    ],
)
def test_each_row_with_a_target_has_a_verdict(kind, key, before, after, verdict):
    row = next(row for row in ROWS[kind] if row.key == key)
    assert Text.from_markup(_verdict(row, [[before, after]])).plain == verdict
    good = [before, before] if kind == "duel" else [before, 0]
    assert Text.from_markup(_verdict(row, [good, [before, after]])).plain == verdict, "every runtime counts"
