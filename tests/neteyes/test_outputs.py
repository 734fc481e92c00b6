"""Outputs that come and go while it runs: what a start refuses a reload refuses, and no recording is lost."""

import os
import threading
from pathlib import Path

import av
import pytest

from engines.errors import NetEyesError, SinkError, UsageError
from engines.labels import LabelSpace
from neteyes.output_conflicts import Places
from neteyes.outputs import Outputs
from stream.controls import Controls
from stream.loop.pipeline import Pipeline
from stream.sinks import OUTPUTS, open_sink
from stream.sinks.pictures import StillSink
from stream.sources.scene import SceneSource
from stream.uri import parse
from tests.fixtures.doubles import Show

pytestmark = pytest.mark.alone

VOC = LabelSpace.load("voc")
PLACES = Places(parse("in.mp4"))


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def outputs_of(*names, places=PLACES, opener=open_sink):
    """Outputs as `neteyes run --overwrite` has them."""

    def openers(name, new):
        return opener(name, overwrite=new)

    return Outputs(names, places, openers, lambda window: window, Controls(VOC, VOC))


def play(outputs, script):
    """Run a loop of drawn frames; `script(pipeline)` yields conditions, and goes on where they hold."""
    source = SceneSource("duel", {"size": "64x48", "rate": "100"}, pace=True)
    pipeline = Pipeline(source, (Show(),), outputs.sinks)
    outputs.hand_over()
    steps, met = script(pipeline), [lambda: True]

    def attend():
        if met[-1]():
            try:
                met.append(next(steps))
            except StopIteration:
                pipeline.stop()

    pipeline.run(attend, every=0.01)
    return pipeline


def become(outputs, pipeline, *names):
    outputs.prepare(names)
    outputs.become(pipeline)


def frames_in(name):
    with av.open(name) as clip:
        return sum(1 for _ in clip.decode(video=0))


def holds(name, size=1000):
    return lambda: os.path.exists(name) and os.path.getsize(name) > size


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["null://", "a.mkv", "a.mkv", "nodir/x.mkv"], "given twice"),
        (["null://", "a.mkv", "./a.mkv"], "given twice"),
        (["null://", "in.mp4"], "both the input and an output"),
        (["null://", "r.json"], "cannot hold the report"),
        (["null://", "display://0"], "--headless and display"),
        (["null://", "a.png"], "--segment cuts recordings"),
        (["null://", "nodir/x.mkv"], "There is no folder 'nodir'"),
        (["null://", "pics/", "deep/%d.png", "nodir/x.mkv"], "There is no folder 'nodir'"),
    ],
)
def test_a_reload_refuses_what_a_start_refuses_and_leaves_nothing_behind(folder, names, message):
    places = Places(parse("in.mp4"), report=Path("r.json"), headless=True, segment="1m")
    outputs = outputs_of("null://", "b.mkv", places=places)
    with pytest.raises(NetEyesError, match=message):
        outputs.prepare(names)
    assert os.listdir(folder) == []
    assert list(outputs.sinks) == ["null://", "b.mkv"]
    with pytest.raises(NetEyesError, match=message):
        opened = outputs_of(*names, places=places)
        places.recorded([parse(name, OUTPUTS) for name in opened.sinks])
    assert os.listdir(folder) == []


def test_a_folder_that_was_there_stays(folder):
    (folder / "pics").mkdir()
    with pytest.raises(SinkError):
        outputs_of("null://").prepare(["pics/", "nodir/x.mkv"])
    assert os.listdir(folder) == ["pics"]


def test_what_was_opened_for_a_reload_that_fails_is_closed(monkeypatch):
    closed = []

    class Closing:
        keeps_all = False

        def close(self):
            closed.append(True)

    def opener(name, overwrite):
        return Closing() if name.scheme == "null" else open_sink(name)

    outputs = outputs_of("a.mkv", opener=opener)
    with pytest.raises(SinkError):
        outputs.prepare(["a.mkv", "null://", "nodir/x.mkv"])
    assert closed == [True]


@pytest.mark.parametrize("headless", [True, False])
def test_without_any_name_a_reload_means_what_a_start_means(headless):
    places = Places(parse("in.mp4"), headless=headless)
    outputs = outputs_of("a.mkv", places=places)
    if not headless:
        with pytest.raises(UsageError, match="comes and goes only with a restart"):
            outputs.prepare(None)
        return

    def script(pipeline):
        outputs.prepare(None)
        outputs.become(pipeline)
        yield lambda: pipeline.meter.frames_out > 2

    assert [outlet.name for outlet in play(outputs, script).outlets] == ["null://"]


@pytest.mark.parametrize(("before", "after"), [("display://0", "display://"), ("display://", "display://1")])
def test_however_it_is_spelled_there_is_one_window(monkeypatch, before, after):
    opened = []

    class Shown:
        keeps_all = False

        def close(self):
            pass

    monkeypatch.setattr("neteyes.outputs.Window", Shown)

    def opener(name, overwrite):
        opened.append(name.text)
        return Shown() if name.scheme == "display" else open_sink(name)

    outputs = outputs_of(before, opener=opener)
    outputs.prepare([after, "a.mkv"])
    assert opened == [before, "a.mkv"]
    with pytest.raises(UsageError, match="given twice"):
        outputs.prepare([before, after])
    with pytest.raises(UsageError, match="comes and goes only with a restart"):
        outputs.prepare(["a.mkv"])


@pytest.mark.parametrize("again", ["a.mkv", "./a.mkv"])
def test_a_recording_that_left_is_not_replaced_when_it_comes_back(again):
    outputs = outputs_of("null://", "a.mkv")
    refused = []

    def script(pipeline):
        yield holds("a.mkv")
        recording = pipeline.outlets[1]
        become(outputs, pipeline, "null://")
        yield recording.drained.is_set
        with pytest.raises(SinkError, match=r"a.mkv' has been an output of this run before") as error:
            outputs.prepare(["null://", again])
        refused.append((frames_in("a.mkv"), str(error.value)))
        os.rename("a.mkv", "kept.mkv")
        become(outputs, pipeline, "null://", again)
        yield holds("a.mkv")

    play(outputs, script)
    ((frames, message),) = refused
    assert "Move it away" in message
    assert frames_in("kept.mkv") == frames > 0
    assert frames_in("a.mkv") > 0


def test_a_picture_that_is_made_at_its_end_is_finished_before_another_is_begun():
    """It comes to lie there only when it is finished: until then nothing else would stop another one."""
    may_finish = threading.Event()

    class SlowToClose(StillSink):
        def close(self):
            may_finish.wait()
            super().close()

    def opener(name, overwrite):
        return SlowToClose(Path(name.path), overwrite=overwrite) if name.path == "a.png" else open_sink(name)

    outputs = outputs_of("null://", "a.png", opener=opener)

    def script(pipeline):
        picture = pipeline.outlets[1]
        yield lambda: picture.written > 2
        become(outputs, pipeline, "null://")
        with pytest.raises(SinkError, match="still being finished"):
            outputs.prepare(["null://", "a.png"])
        may_finish.set()
        yield picture.drained.is_set
        with pytest.raises(SinkError, match="has been an output"):
            outputs.prepare(["null://", "a.png"])

    play(outputs, script)
    assert os.path.exists("a.png")


def test_a_recording_spelled_in_another_way_goes_on():
    outputs = outputs_of("null://", "a.mkv")
    sizes = []

    def script(pipeline):
        yield holds("a.mkv")
        recording = pipeline.outlets[1]
        become(outputs, pipeline, "./a.mkv", "null://")
        sizes.append(recording.written)
        yield lambda: recording.written > sizes[0] + 5
        become(outputs, pipeline, "null://")
        yield recording.drained.is_set

    pipeline = play(outputs, script)
    assert [outlet.name for outlet in pipeline.outlets] == ["null://"]
    assert frames_in("a.mkv") > sizes[0]


def test_another_file_may_be_replaced_where_that_is_allowed():
    Path("b.mkv").write_bytes(b"of another day")
    outputs = outputs_of("null://")

    def script(pipeline):
        become(outputs, pipeline, "null://", "b.mkv")
        yield holds("b.mkv")

    play(outputs, script)
    assert frames_in("b.mkv") > 0


def test_a_new_password_is_another_output(monkeypatch):
    names = []

    def opener(name, overwrite):
        names.append(name.text)
        return open_sink("null://")

    outputs = outputs_of("null://", "rtsp://me:old@server/mirror", opener=opener)

    def script(pipeline):
        become(outputs, pipeline, "null://", "rtsp://me:new@server/mirror")
        yield lambda: pipeline.outlets[1].written > 1

    play(outputs, script)
    assert names[1:] == ["rtsp://me:old@server/mirror", "rtsp://me:new@server/mirror"]


def test_a_reload_is_judged_by_what_it_says_itself_of_segments(folder):
    outputs = outputs_of(
        "null://", "b.mkv", places=Places(parse("in.mp4"), headless=True, segment="1m", keep="7d")
    )
    outputs.prepare(["null://"], {"segment": None, "keep": None})
    with pytest.raises(UsageError, match="--keep deletes old segments"):
        outputs.prepare(["null://"], {"segment": None})
