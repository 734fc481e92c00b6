"""`neteyes flashes`: what it prints, writes and ends with."""

import csv
import os
import signal
import sys

import av
import cv2
import numpy as np
import pytest

from stream.flashes import FlashMeter


@pytest.fixture
def flashing(tmp_path):
    """`flashing(hertz)` writes a clip of three seconds, black and white in turn, and returns its name."""

    def make(hertz):
        name = f"{hertz}.mkv"
        with av.open(str(tmp_path / name), "w") as clip:
            video = clip.add_stream("ffv1", rate=30)
            video.width, video.height, video.pix_fmt = 96, 48, "bgr0"
            for index in range(90):
                view = np.full((48, 96, 3), 255 * (int(index / 15 * hertz + 1e-6) % 2), np.uint8)
                frame = av.VideoFrame.from_ndarray(view, "bgr24").reformat(format="bgr0")
                frame.pts = index
                clip.mux(video.encode(frame))
            clip.mux(video.encode(None))
        return name

    return make


def test_a_clip_that_complies_ends_with_0_and_is_not_called_safe(neteyes, flashing):
    result = neteyes("flashes", flashing(3))
    assert result.code == 0
    assert "complies with WCAG 2.3.1" in result.out
    assert "not make it safe" in result.out
    assert "At most 3 general flashes in a second" in result.out


def test_a_clip_that_flashes_too_often_ends_with_3_and_says_when(neteyes, flashing):
    result = neteyes("flashes", flashing(5))
    assert result.code == 3
    assert "fails WCAG 2.3.1 in 3 of 3 seconds" in result.out
    assert result.out.count("too many") == 3


def test_the_table_has_a_row_for_every_second(neteyes, flashing, tmp_path):
    result = neteyes("flashes", flashing(5), "--csv", "out.csv")
    assert result.code == 3
    rows = list(csv.DictReader((tmp_path / "out.csv").read_text().splitlines()))
    assert [row["second"] for row in rows] == ["0", "1", "2"]
    assert [row["pictures"] for row in rows] == ["30", "30", "30"]
    assert [row["general_flashes"] for row in rows] == ["4.5", "5", "5"]
    shown = [line.split() for line in result.out.splitlines() if "too many" in line]
    columns = ("second", "pictures", "general_flashes", "red_flashes")
    assert [[row[name] for name in columns] for row in rows] == [line[:4] for line in shown]
    assert [row["complies"] for row in rows] == ["0", "0", "0"]


def test_the_plot_is_a_picture(neteyes, flashing, tmp_path):
    pytest.importorskip("matplotlib")
    assert neteyes("flashes", flashing(2), "--plot", "out.png").code == 0
    assert cv2.imread(str(tmp_path / "out.png")).shape[1] > 400


def test_without_matplotlib_the_plot_says_how_to_get_it(neteyes, flashing, monkeypatch):
    monkeypatch.setitem(sys.modules, "benchmarks.plots.flashes", None)
    result = neteyes("flashes", flashing(2), "--plot", "out.png")
    assert result.code == 1
    assert "pip install 'neteyes[bench]'" in result.err


@pytest.fixture
def interrupted(monkeypatch):
    """`interrupted(number, at)`: the signal comes while the picture of that number is looked at."""

    def make(number, at):
        look = FlashMeter.__call__

        def looked(self, image, at_second):
            look(self, image, at_second)
            if self.pictures == at:
                os.kill(os.getpid(), number)

        monkeypatch.setattr(FlashMeter, "__call__", looked)

    return make


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_it_without_a_verdict(neteyes, flashing, interrupted, tmp_path, number):
    (tmp_path / "out.csv").write_text("of a check before")
    interrupted(number, at=45)
    result = neteyes("flashes", flashing(5), "--csv", "out.csv")
    assert (result.code, result.out) == (130, "")
    assert "stopped after 45 pictures: no verdict. Not written: out.csv." in result.err
    assert (tmp_path / "out.csv").read_text() == "of a check before"


def test_ctrl_c_at_the_last_picture_is_too_late(neteyes, flashing, interrupted):
    interrupted(signal.SIGINT, at=90)
    assert "fails WCAG 2.3.1" in neteyes("flashes", flashing(5)).out


def test_the_help_says_what_the_plot_needs(neteyes):
    assert "neteyes[bench]" in neteyes("flashes", "--help").out


def test_scenes_and_folders_are_checked_too_and_may_be_cut_short(neteyes, tmp_path):
    result = neteyes("flashes", "scene://room?size=192x96", "--seconds", "1")
    assert result.code == 0
    assert ": 30 pictures" in result.out
    cv2.imwrite(str(tmp_path / "one.png"), np.zeros((8, 8, 3), np.uint8))
    assert ": 1 picture\n" in neteyes("flashes", "one.png", "--frames", "5").out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--csv", "nowhere/out.csv"), "not a folder"),
        (("--csv", "5.mkv"), "is the input"),
        (("--csv", "out.csv", "--plot", "./out.csv"), "the same file"),
    ],
)
def test_places_that_cannot_be_written_are_refused_first(neteyes, flashing, options, words):
    pytest.importorskip("matplotlib")
    result = neteyes("flashes", flashing(5), *options)
    assert result.code in (1, 2)
    assert words in result.err
    assert not result.out


def test_what_is_not_there_is_an_error(neteyes):
    assert neteyes("flashes", "absent.mp4").code == 1
