"""The loop's two promises: closing wakes everyone, and frames in flight are bounded."""

import threading
import time

import pytest

from engines.errors import BackendError, SinkError, SourceError
from stream.loop import pipeline as loop
from stream.loop.pipeline import Pipeline
from stream.sources.network import NetworkSource
from stream.sources.scene import SceneSource
from stream.uri import parse
from tests.fixtures.doubles import Keep, Show

pytestmark = pytest.mark.alone


def scene(pace=False, **query):
    query = {key: str(value) for key, value in query.items()}
    return SceneSource("duel", {"size": "64x48", **query}, pace=pace)


def stages(*works):
    return [Show(work, name=f"stage {place}", takes_notices=False) for place, work in enumerate(works)]


def nothing(frame):
    pass


def fails(error, at):
    def work(frame):
        if frame.index == at:
            raise error
        return True

    return work


def test_a_file_reaches_every_sink_whole_and_in_order():
    sinks = {"one": Keep(), "two": Keep()}
    pipeline = Pipeline(scene(seconds=2), stages(nothing, nothing), sinks)
    pipeline.run()
    assert sinks["one"].indexes == sinks["two"].indexes == list(range(60))
    assert pipeline.meter.frames_out == 60
    assert sum(pipeline.dropped.values()) == 0


def test_a_sink_may_have_any_name():
    sinks = {name: Keep() for name in ("capture", "stage 0", "deliver")}
    Pipeline(scene(seconds=1), stages(nothing), sinks).run()
    assert all(sink.indexes == list(range(30)) for sink in sinks.values())


def test_each_stage_lives_on_one_thread_of_its_own():
    steps = stages(nothing, nothing)
    Pipeline(scene(seconds=1), steps, {"sink": Keep()}).run()
    assert [len(step.threads) for step in steps] == [1, 1]
    assert steps[0].threads != steps[1].threads


def test_a_live_source_drops_only_before_the_first_stage_and_every_frame_is_accounted_for():
    slow = threading.Event()
    sink = Keep()
    pipeline = Pipeline(
        scene(pace=True, rate=200, seconds=1), stages(lambda frame: slow.wait(0.03), nothing), {"sink": sink}
    )
    pipeline.run()
    dropped = pipeline.dropped
    assert dropped["late"] > 0
    assert dropped["display"] == 0
    assert pipeline.meter.frames_in == pipeline.meter.frames_out + sum(dropped.values())
    assert sink.indexes == sorted(set(sink.indexes))


@pytest.mark.parametrize("permits", [2, 4])
def test_frames_in_flight_never_exceed_the_permits(permits):
    lock, inside, most = threading.Lock(), 0, 0

    def enter(frame):
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)

    def leave(frame):
        nonlocal inside
        with lock:
            inside -= 1

    stuck = threading.Event()
    steps = stages(enter, lambda frame: stuck.wait(0.01), leave)
    Pipeline(scene(seconds=2), steps, {"sink": Keep()}, permits=permits).run()
    assert 1 < most <= permits


@pytest.mark.parametrize("place", ["first stage", "last stage", "sink", "second sink", "attend"])
def test_the_first_error_is_raised_and_every_sink_is_finished(place):
    error = SinkError(f"broken in the {place}")
    bad = fails(error, at=5)
    works = {"first stage": [bad, nothing], "last stage": [nothing, bad]}.get(place, [nothing, nothing])
    one = Keep(bad) if place == "sink" else Keep()
    two = Keep(bad) if place == "second sink" else Keep()
    pipeline = Pipeline(scene(pace=place == "attend"), stages(*works), {"one": one, "two": two})

    def attend():
        if place == "attend" and pipeline.meter.frames_out > 5:
            raise error

    with pytest.raises(SinkError) as raised:
        pipeline.run(attend, every=0.01)
    assert raised.value is error
    assert (one.closed, two.closed) == (1, 1)
    assert pipeline.stragglers == []


def test_an_error_of_the_source_is_raised_after_the_frames_before_it_were_kept_or_counted():
    class BreaksAtTen(SceneSource):
        def frames(self, stop):
            for frame in super().frames(stop):
                if frame.index == 10:
                    raise SourceError("the cable was pulled")
                yield frame

    sink = Keep()
    pipeline = Pipeline(BreaksAtTen("duel", {"size": "64x48"}, pace=False), stages(nothing), {"sink": sink})
    with pytest.raises(SourceError, match="cable"):
        pipeline.run()
    assert sink.closed == 1
    assert pipeline.meter.frames_in == 10


def test_the_viewer_leaving_ends_the_loop_without_an_error():
    sink = Keep(lambda frame: frame.index < 7)
    Pipeline(scene(), stages(nothing), {"sink": sink}).run()
    assert sink.indexes[-1] == 7
    assert sink.closed == 1


@pytest.mark.parametrize("state", ["running", "paused", "slow stage", "slow sink"])
def test_stop_ends_every_state_in_time(state):
    reached, release = threading.Event(), threading.Event()
    slow_stage = (lambda frame: release.wait(0.5)) if state == "slow stage" else nothing
    sink = Keep(lambda frame: reached.set() or state != "slow sink" or not release.wait(0.2) or True)
    pipeline = Pipeline(scene(pace=True), stages(slow_stage, nothing), {"sink": sink})
    runner = threading.Thread(target=pipeline.run, daemon=True)
    runner.start()
    assert reached.wait(5)
    if state == "paused":
        pipeline.paused = True
    pipeline.stop()
    runner.join(3.5)
    assert not runner.is_alive()
    assert sink.closed == 1


def test_pausing_holds_a_file_still_and_going_on_loses_nothing():
    sink, pipeline = Keep(), None

    def pause_at_ten(frame):
        if frame.index == 10:
            pipeline.paused = True
        return True

    sink.work = pause_at_ten
    pipeline = Pipeline(scene(seconds=1), stages(nothing), {"sink": sink})
    runner = threading.Thread(target=pipeline.run, daemon=True)
    runner.start()
    deadline = time.monotonic() + 5
    while not pipeline.paused and time.monotonic() < deadline:
        runner.join(0.01)
    assert runner.is_alive()
    pipeline.paused = False
    runner.join(5)
    assert sink.indexes == list(range(30))


def test_a_pause_makes_no_frame_late_and_costs_no_rate(wait_for):
    pipeline = Pipeline(scene(pace=True, rate=20), stages(nothing), {"sink": Keep()})
    runner = threading.Thread(target=pipeline.run, daemon=True)
    runner.start()
    meter = pipeline.meter
    wait_for(lambda: meter.frames_out >= 10)
    pipeline.paused = True
    came = meter.frames_in
    wait_for(lambda: meter.frames_in >= came + 30)
    pipeline.paused = False
    assert meter.since_shown < 0.5, "a pause is no silence of the outputs"
    shown = meter.frames_out
    wait_for(lambda: meter.frames_out >= shown + 10)
    assert meter.rate > 15
    pipeline.stop()
    runner.join(5)
    dropped = pipeline.dropped
    assert dropped["paused"] >= 28, "all that came in the pause but the first, and the one shown after it"
    assert dropped["late"] <= 1
    assert meter.frames_in == meter.frames_out + sum(dropped.values())
    assert 18 < meter.fps < 23


def test_frames_limit_is_exact():
    sink = Keep()
    pipeline = Pipeline(scene(), stages(nothing, nothing), {"sink": sink}, frames=17)
    pipeline.run()
    assert sink.indexes == list(range(17))


def test_a_frames_limit_leaves_a_slow_recording_all_the_time_it_needs(monkeypatch):
    monkeypatch.setattr(loop, "DRAIN_SECONDS", 0.0)
    monkeypatch.setattr(loop, "JOIN_SECONDS", 0.05)
    stuck = threading.Event()
    slow = Keep(lambda frame: not stuck.wait(0.03))
    pipeline = Pipeline(scene(), stages(nothing), {"slow": slow}, frames=12)
    pipeline.run()
    assert slow.indexes == list(range(12))
    assert (slow.closed, pipeline.stragglers) == (1, [])


def test_seconds_limit_counts_the_source_time_of_a_file():
    sink = Keep()
    pipeline = Pipeline(scene(), stages(nothing), {"sink": sink}, seconds=0.5)
    pipeline.run()
    assert sink.indexes == list(range(15))
    assert pipeline.meter.frames_in == 15
    assert sum(pipeline.dropped.values()) == 0


def test_a_stop_throws_out_what_a_slow_recording_cannot_write_in_time():
    stuck, reached = threading.Event(), threading.Event()
    slow = Keep(lambda frame: (frame.index == 1 and reached.set()) or not stuck.wait(0.4))
    pipeline = Pipeline(scene(), stages(nothing), {"slow": slow})
    runner = threading.Thread(target=pipeline.run, daemon=True)
    runner.start()
    assert reached.wait(5)
    pipeline.stop()
    runner.join(3.5)
    assert not runner.is_alive()
    assert slow.closed == 1
    assert pipeline.meter.frames_in == pipeline.meter.frames_out + sum(pipeline.dropped.values())


def test_a_recording_that_never_finishes_is_an_error_that_names_it(monkeypatch):
    monkeypatch.setattr(loop, "DRAIN_SECONDS", 0.0)
    monkeypatch.setattr(loop, "JOIN_SECONDS", 0.05)
    release = threading.Event()
    stuck = Keep(lambda frame: pipeline.stop() or release.wait(20))
    pipeline = Pipeline(scene(), stages(nothing), {"a.mp4": stuck})
    with pytest.raises(SinkError, match=r"'a\.mp4' is too slow"):
        pipeline.run()
    assert pipeline.stragglers == ["sink a.mp4"]
    release.set()


def test_a_stage_that_cannot_start_ends_a_source_that_still_connects(silent_server):
    class Missing(Show):
        def __enter__(self):
            assert silent_server.connected.wait(10)
            raise BackendError("no runtime")

    class Counted(NetworkSource):
        closed = 0

        def close(self):
            Counted.closed += 1
            super().close()

    sink = Keep()
    pipeline = Pipeline(
        Counted(parse(silent_server.url)), [Missing(name="stage", takes_notices=False)], {"sink": sink}
    )
    with pytest.raises(BackendError, match="no runtime"):
        pipeline.run()
    assert (Counted.closed, sink.closed, pipeline.stragglers) == (1, 1, [])


def test_a_slow_recording_of_a_live_source_misses_frames_and_slows_nobody():
    stuck = threading.Event()
    slow, quick = Keep(lambda frame: not stuck.wait(0.15)), Keep()
    sinks = {"quick": quick, "slow": slow}
    pipeline = Pipeline(scene(pace=True, rate=100, seconds=1), stages(nothing), sinks)
    pipeline.run()
    assert pipeline.dropped["display"] == 0
    missed = {outlet.name: outlet.missed for outlet in pipeline.outlets}
    assert missed["slow"] > 0
    assert missed["quick"] == 0


def test_a_window_is_written_to_on_the_callers_thread():
    threads = set()
    window = Keep(lambda frame: threads.add(threading.current_thread()) or True, keeps_all=False)
    recording = Keep()
    Pipeline(scene(seconds=1), stages(nothing), {"recording": recording}, window=window).run(every=0.01)
    assert threads == {threading.current_thread()}
    assert recording.indexes == list(range(30))
    assert (window.closed, recording.closed) == (1, 1)
