"""`neteyes.open` gives the frames of any input, and of a live one the newest."""

import subprocess
import sys
import threading

import numpy as np
import pytest

import neteyes
from stream.sources.scene import SceneSource


def test_every_frame_of_what_waits_comes_in_order() -> None:
    with neteyes.open("scene://duel?size=64x48&seconds=0.5", pace=False) as scene:
        assert (scene.live, scene.rate, scene.frame_count, scene.mirrored) == (False, 30, 15, False)
        frames = list(scene)
    assert [frame.index for frame in frames] == list(range(15))
    drawn = SceneSource("duel", {"size": "64x48"}).scene.at(3).image
    assert np.array_equal(frames[3].image, drawn)


def test_a_program_that_is_slow_gets_the_newest_frame_of_what_is_live() -> None:
    with neteyes.open("scene://duel?size=64x48&rate=100&seconds=1") as scene:
        assert scene.live
        first = next(scene)
        late = threading.Event()
        late.wait(0.3)  # time is what this is about
        second = next(scene)
        assert second.index - first.index >= 10
        rest = [frame.index for frame in scene]
    assert rest == sorted(rest) and rest[-1] <= 99


def test_pictures_of_a_folder(tmp_path) -> None:
    import cv2

    for shade in (0, 100, 200):
        cv2.imwrite(str(tmp_path / f"{shade:03}.png"), np.full((20, 30, 3), shade, np.uint8))
    with neteyes.open(tmp_path, pace=False) as photos:
        assert [int(frame.image[0, 0, 0]) for frame in photos] == [0, 100, 200]


@pytest.mark.parametrize(
    ("uri", "options", "words"),
    [
        ("nosuch.mp4", {}, "nosuch.mp4"),
        ("scene://dule", {}, "duel"),
        ("scene://duel", {"width": 0}, "width wants a whole number, 1 or more, not 0."),
        ("scene://duel", {"loop": True}, "Only clips and pictures can loop"),
        ("scene://duel", {"retry": "often"}, "retry wants a whole number, not text."),
    ],
)
def test_what_makes_no_sense_is_refused_at_once(uri, options, words, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(neteyes.NetEyesError, match=words):
        neteyes.open(uri, **options)


def test_a_live_input_that_breaks_for_good_tells_the_program() -> None:
    with (
        neteyes.open("rtsp://127.0.0.1:9/nothing", retry=0) as camera,
        pytest.raises(neteyes.SourceError, match="port 9"),
    ):
        next(camera)


def test_leaving_ends_the_thread_that_reads() -> None:
    with neteyes.open("scene://duel?size=64x48") as scene:
        next(scene)
    assert not [thread for thread in threading.enumerate() if thread.name in ("capture", "read")]
    with pytest.raises(neteyes.UsageError, match="closed"):
        next(scene)
    scene.close()


def test_an_input_that_nobody_closes_is_closed_with_the_reader_and_at_the_end_of_the_program() -> None:
    scene = neteyes.open("scene://duel?size=64x48")
    next(scene)
    del scene
    assert not [thread for thread in threading.enumerate() if thread.name in ("capture", "read")]
    program = 'import neteyes; scene = neteyes.open("scene://duel"); next(scene); raise SystemExit(7)'
    assert subprocess.run([sys.executable, "-c", program]).returncode == 7
