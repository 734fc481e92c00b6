"""Outputs while it runs: one that breaks ends alone, others come and go, notices are shown, not counted."""

import logging
import threading
from dataclasses import replace

import numpy as np
import pytest

from engines.errors import SinkError
from stream.frame import Frame, Notice
from stream.loop.pipeline import Pipeline
from stream.sources.scene import SceneSource
from tests.fixtures.doubles import Keep, Show

pytestmark = pytest.mark.alone


def grey_notices(frame):
    """A view: of a notice a grey one."""
    return np.full((4, 4, 3), 99, np.uint8) if frame.notice else frame.image


def no_notices(frame):
    assert frame.notice is None


class Scene(SceneSource):
    """A live scene with notices in between."""

    def __init__(self, *, notices=(), **query):
        super().__init__("duel", {"size": "64x48", "rate": "100", **query}, pace=True)
        self.notices = notices

    def frames(self, stop):
        for given, frame in enumerate(super().frames(stop)):
            if given in self.notices:
                yield Frame(
                    frame.index, frame.captured_at, frame.pts, frame.image, notice=Notice("No signal")
                )
                stop.wait(0.05)  # a picture right behind it would take its place
            yield frame


def running(pipeline):
    errors = []

    def run():
        try:
            pipeline.run()
        except SinkError as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, errors


def test_of_a_live_source_a_broken_sink_ends_alone_and_is_told_at_once_and_in_the_end(caplog, wait_for):
    good, bad = Keep(), Keep(breaks_at=3)
    pipeline = Pipeline(Scene(), [Show(grey_notices)], {"bad": bad, "good": good})
    thread, errors = running(pipeline)
    assert good.enough.wait(10)

    def told():
        return [record.message for record in caplog.records if record.levelno == logging.WARNING]

    wait_for(told, 5)
    assert told() == ["The disk is full after 3. The other outputs go on."]
    pipeline.stop()
    thread.join(5)
    assert [str(error) for error in errors] == ["The disk is full after 3."]
    assert (good.closed, bad.closed) == (1, 1)
    assert [outlet.error is None for outlet in pipeline.outlets] == [False, True]
    assert pipeline.meter.frames_out > 10  # the next one shows


def test_what_a_broken_output_no_longer_takes_is_counted_as_missed():
    good, bad = Keep(), Keep(breaks_at=3)
    pipeline = Pipeline(Scene(seconds="0.5"), [Show()], {"good": good, "bad": bad})
    with pytest.raises(SinkError):
        pipeline.run()
    whole, broken = pipeline.outlets
    assert (broken.written, broken.missed) == (3, whole.written + whole.missed - 3)
    assert broken.missed > 20


def test_the_loop_ends_when_no_sink_works_any_more(wait_for):
    one, two = Keep(breaks_at=3), Keep(breaks_at=6)
    pipeline = Pipeline(Scene(), [Show(grey_notices)], {"one": one, "two": two})
    two.work = lambda frame: wait_for(lambda: len(two.frames) < 5 or pipeline.outlets[0].error)
    with pytest.raises(SinkError, match="after 3"):
        pipeline.run()
    assert len(two.frames) == 6


def test_sinks_come_and_go_while_it_runs(wait_for):
    first, second = Keep(), Keep()
    pipeline = Pipeline(Scene(), [Show(grey_notices)], {"first": first})
    thread, errors = running(pipeline)
    assert first.enough.wait(10)
    pipeline.attach("second", second)
    assert second.enough.wait(10)
    pipeline.detach("first")
    taken = len(second.frames)
    wait_for(lambda: len(second.frames) >= taken + 10 and first.closed)
    assert (first.closed, second.closed) == (1, 0)
    pipeline.stop()
    thread.join(5)
    assert (errors, second.closed) == ([], 1)
    assert first.frames[-1].index < second.frames[-1].index


def test_notices_pass_the_nets_are_shown_and_are_not_counted():
    keep = Keep()
    stages = [Show(no_notices, name="net", takes_notices=False), Show(grey_notices)]
    pipeline = Pipeline(Scene(notices=(30, 31, 32), seconds="1"), stages, {"keep": keep})
    pipeline.run()
    shown = [frame for frame in keep.frames if frame.notice]
    assert shown and all((frame.view == 99).all() for frame in shown)
    pictures = len(keep.frames) - len(shown)
    assert pipeline.meter.frames_out == pictures == pipeline.outlets[0].written
    _, timed = pipeline.meter.stages["show"].up_to([1.0])
    assert timed == pictures, "what a frame takes in a stage is told of pictures"
    assert pipeline.meter.frames_in == pictures + sum(pipeline.dropped.values())


def test_a_limit_of_frames_counts_pictures_only():
    keep = Keep()
    Pipeline(Scene(notices=(2, 3)), [Show(grey_notices)], {"keep": keep}, frames=10).run()
    assert sum(frame.notice is None for frame in keep.frames) == 10


@pytest.mark.parametrize("slow", ["bad", "good"])
def test_every_frame_is_accounted_for_once_when_the_first_output_breaks(slow):
    waits = threading.Event()

    sinks = {"bad": Keep(breaks_at=5), "good": Keep()}
    sinks[slow].keeps_all, sinks[slow].work = False, lambda frame: waits.wait(0.03) or True
    pipeline = Pipeline(Scene(seconds="1.5"), [Show(grey_notices)], sinks)
    with pytest.raises(SinkError):
        pipeline.run()
    meter, dropped = pipeline.meter, pipeline.dropped
    assert all(count >= 0 for count in dropped.values())
    assert meter.frames_in == meter.frames_out + sum(dropped.values())
    assert meter.frames_out > 20


def test_seconds_end_also_what_never_had_a_picture():
    class Away(Scene):
        def frames(self, stop):
            for frame in super().frames(stop):
                yield replace(frame, notice=Notice("No signal"))

    keep, window = Keep(), Keep()
    pipeline = Pipeline(Away(), [Show(grey_notices)], {"keep": keep}, window=window, seconds=0.5)
    pipeline.run()
    assert window.frames and all(frame.notice for frame in window.frames)
    assert keep.frames == []  # it begins with its first picture, whose size it has
    assert pipeline.meter.since_written is not None


def test_what_was_detached_is_finished_though_the_loop_stops_right_after():
    slow = threading.Event()
    first, second = Keep(), Keep()
    second.work = lambda frame: slow.wait(0.05) or True
    pipeline = Pipeline(Scene(), [Show(grey_notices)], {"first": first, "second": second})
    thread, errors = running(pipeline)
    assert first.enough.wait(10)
    pipeline.detach("second")
    pipeline.stop()
    thread.join(5)
    assert (errors, second.closed) == ([], 1)
