"""Outputs that stall or break: the view goes on, and what was recorded plays."""

import os
import shutil
import threading

import av
import cv2
import pytest

from engines.errors import SinkError
from stream.loop.pipeline import Pipeline
from stream.sinks import open_sink
from stream.sources import open_feed
from tests.fixtures.doubles import Show

pytestmark = pytest.mark.alone


def noise(frame):
    """A view that does not compress."""
    view = frame.image.copy()
    cv2.randu(view, 0, 255)
    return view


class Live:
    """A viewer that notices how many frames it has seen."""

    keeps_all = False

    def __init__(self):
        self.times, self.news = [], threading.Condition()

    def write(self, frame):
        with self.news:
            self.times.append(frame.captured_at)
            self.news.notify_all()
        return True

    def close(self):
        pass

    def wait_for(self, more):
        with self.news:
            wanted = len(self.times) + more
            assert self.news.wait_for(lambda: len(self.times) >= wanted, 20)


@pytest.fixture
def run():
    """`run(sinks)` runs a live scene into sinks; ended and joined at the end of the test."""
    running = []

    def begin(sinks, stage=None, scene="scene://duel?size=320x240&rate=50"):
        pipeline = Pipeline(open_feed(scene), [stage or Show()], sinks)
        errors = []

        def body():
            try:
                pipeline.run()
            except Exception as error:
                errors.append(error)

        thread = threading.Thread(target=body, daemon=True)
        thread.start()

        def end():
            pipeline.stop()
            thread.join(5)
            assert not thread.is_alive()
            return errors

        running.append(end)
        return pipeline, end

    yield begin
    for end in running:
        end()


def frames_of(path):
    with av.open(str(path)) as clip:
        return sum(1 for _ in clip.decode(video=0))


def wait_until_broken(pipeline, name):
    outlet = next(outlet for outlet in pipeline.outlets if outlet.name == name)
    assert outlet.drained.wait(30)
    assert isinstance(outlet.error, SinkError)
    return str(outlet.error)


def test_a_full_disk_ends_the_recording_with_a_word_and_the_view_goes_on(run, small_disk):
    viewer, clip = Live(), small_disk / "a.mp4"
    pipeline, end = run({"view": viewer, "clip": open_sink(str(clip))}, Show(noise))
    assert "No space left" in wait_until_broken(pipeline, "clip")
    viewer.wait_for(20)
    assert [str(error) for error in end()] == [str(pipeline.outlets[1].error)]
    assert frames_of(clip) > 5


def test_a_folder_that_is_removed_ends_the_pictures_with_a_word_and_the_view_goes_on(run, tmp_path):
    viewer, folder = Live(), tmp_path / "o"
    pipeline, end = run({"view": viewer, "pictures": open_sink(f"{folder}/")})
    viewer.wait_for(10)
    shutil.rmtree(folder.rename(tmp_path / "away"))  # in one step: pictures go on being written
    wait_until_broken(pipeline, "pictures")
    viewer.wait_for(20)
    assert len(end()) == 1


def test_a_disk_that_turns_read_only_ends_the_recording_and_what_is_there_plays(run, small_disk):
    import subprocess

    viewer, folder = Live(), small_disk / "o"
    pipeline, end = run({"view": viewer, "pictures": open_sink(f"{folder}/%06d.jpg")})
    viewer.wait_for(10)
    remounted = subprocess.run(
        ["mount", "-o", "remount,ro", str(small_disk)], capture_output=True, check=False
    )
    if remounted.returncode:
        pytest.skip("a tmpfs cannot be made read-only here")
    assert "Read-only" in wait_until_broken(pipeline, "pictures")
    viewer.wait_for(20)
    assert len(end()) == 1
    written = sorted(folder.iterdir())
    assert written and all(cv2.imread(str(path)) is not None for path in written)


def test_a_sink_that_hangs_slows_neither_the_view_nor_the_camera(run):
    release = threading.Event()

    class Hangs(Live):
        keeps_all = True

        def write(self, frame):
            release.wait(30)
            return True

    viewer = Live()
    viewer.keeps_all = True  # so that it misses none for want of a moment
    pipeline, _ = run({"view": viewer, "hangs": Hangs()})
    viewer.wait_for(100)
    assert pipeline.dropped["display"] == 0
    assert pipeline.outlets[1].missed > 50
    release.set()


def test_frames_stay_young_behind_nets_that_are_slower_than_the_camera(run, figure):
    """A net of 100 ms, a camera of 50 frames a second: two frame periods and one inference, and the rest."""
    viewer, waits = Live(), threading.Event()
    pipeline, end = run({"view": viewer}, Show(lambda frame: waits.wait(0.1)))
    viewer.wait_for(25)
    end()
    overhead = 0.03  # of three threads handing over on a busy machine
    age = pipeline.meter.ages.percentile(50)
    figure("nets slower than the camera: age", age, 2 / 50 + 0.1 + overhead)
    assert pipeline.dropped["late"] > 25


def test_an_orderly_end_leaves_a_clip_that_plays_to_its_last_frame(run, tmp_path):
    viewer, clip = Live(), tmp_path / "a.mkv"
    pipeline, end = run({"view": viewer, "clip": open_sink(str(clip))})
    viewer.wait_for(30)
    assert end() == []
    assert frames_of(clip) == pipeline.outlets[1].written
    assert os.path.getsize(clip) > 1000
