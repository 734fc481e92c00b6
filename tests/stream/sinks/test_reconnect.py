import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from engines.errors import SinkError
from stream.frame import Frame, Notice
from stream.resilience.backoff import Backoff
from stream.sinks.publish import PublishSink
from stream.sinks.reconnect import Returning
from stream.uri import parse
from tests.fixtures.doubles import AtOnce

pytestmark = pytest.mark.alone

MakeFrame = Callable[..., Frame]


class Fragile:
    """A sink that breaks when told to, and counts its calls."""

    keeps_all = False

    def __init__(self) -> None:
        self.wrong: str | None = None
        self.openings = self.closings = 0
        self.taken: list[int] = []
        self.changed = threading.Condition()
        self.hold = threading.Event()
        self.hold.set()

    def open(self) -> "Fragile":
        with self.changed:
            self.openings += 1
            self.changed.notify_all()
        return self

    def write(self, frame: Frame) -> bool:
        self.hold.wait()
        if self.wrong:
            raise SinkError(self.wrong)
        with self.changed:
            self.taken.append(frame.index)
            self.changed.notify_all()
        return True

    def close(self) -> None:
        self.closings += 1

    def interrupt(self) -> None:
        self.wrong = "interrupted"
        self.hold.set()

    def wait_for(self, what: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(what, 20)


class Never(Backoff):
    """Waits that no test outlasts."""

    def next(self) -> float:
        return 60.0


def test_nothing_is_opened_before_the_first_frame() -> None:
    fragile = Fragile()
    sink = Returning("wall", fragile.open)
    sink.close()
    assert fragile.openings == 0
    assert sink.state == "broken"


def test_frames_reach_the_sink_and_it_is_closed_once(make_frame: MakeFrame) -> None:
    fragile = Fragile()
    sink = Returning("wall", fragile.open, keeps_all=True)
    for index in range(40):
        sink.write(make_frame(index))
    sink.close()
    assert fragile.taken == list(range(40))
    assert (fragile.openings, fragile.closings) == (1, 1)
    assert (sink.state, sink.reason, sink.missed, sink.restarts) == ("open", None, 0, 0)


def test_a_viewer_gets_the_newest_frame_and_the_others_are_counted(make_frame: MakeFrame) -> None:
    fragile = Fragile()
    sink = Returning("wall", fragile.open)
    sink.write(make_frame(0))
    fragile.wait_for(lambda: fragile.taken == [0])
    fragile.hold.clear()
    sink.write(make_frame(1))
    while sink._box._items:  # until it is in the sink's hands
        pass
    for index in range(2, 9):
        sink.write(make_frame(index))
    fragile.hold.set()
    sink.close()
    assert fragile.taken == [0, 1, 8]
    assert sink.missed == 6


def test_a_broken_sink_is_opened_again_and_says_so(
    make_frame: MakeFrame, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stream.sinks.reconnect.STEADY", 0.0)
    caplog.set_level(logging.INFO, "stream.sinks.reconnect")
    fragile = Fragile()
    fragile.wrong = "The wall fell."
    sink = Returning("wall", fragile.open, backoff=AtOnce())
    index = 0
    while fragile.openings < 3:
        sink.write(make_frame(index))
        index += 1
    assert (sink.state, sink.reason) == ("broken", "The wall fell.")
    fragile.wrong = None
    while not fragile.taken:
        sink.write(make_frame(index))
        index += 1
    fragile.wait_for(lambda: sink.state == "open")
    sink.close()

    assert sink.reason is None
    assert sink.missed + len(fragile.taken) == index
    assert fragile.closings == fragile.openings
    told = [record.message for record in caplog.records]
    assert told == ["The wall fell. Trying again until it works.", "wall is back."], "each thing once"
    assert [record.fields["state"] for record in caplog.records] == ["broken", "open"]


def test_a_sink_that_flaps_is_back_only_once_it_is_steady(
    make_frame: MakeFrame, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO, "stream.sinks.reconnect")

    class Flapping(Fragile):
        def open(self) -> Fragile:
            self.left = 3
            return super().open()

        def write(self, frame: Frame) -> bool:
            self.left -= 1
            if not self.left and self.wrong:  # in other words each time, as full disks do
                raise SinkError(f"{self.wrong} {self.openings} times.")
            with self.changed:
                self.taken.append(frame.index)
                self.changed.notify_all()
            return True

    fragile = Flapping()
    fragile.wrong = "The wall fell"
    sink = Returning("wall", fragile.open, backoff=AtOnce())

    def write_until(what: Callable[[], bool]) -> None:
        index = 0
        while not what():
            sink.write(make_frame(index))
            index += 1

    write_until(lambda: sink.restarts > 10)
    assert len(caplog.records) == 1, "that it broke"
    fragile.wrong = None
    monkeypatch.setattr("stream.sinks.reconnect.STEADY", 0.0)
    write_until(lambda: len(caplog.records) > 1)
    before = len(fragile.taken)
    write_until(lambda: len(fragile.taken) > before + 10)
    sink.close()
    told = [record.message for record in caplog.records]
    assert told == ["The wall fell 1 times. Trying again until it works.", "wall is back."]


def test_frames_go_past_a_broken_recording_without_waiting(make_frame: MakeFrame) -> None:
    fragile = Fragile()
    fragile.wrong = "The disk is full."
    sink = Returning("tape", fragile.open, keeps_all=True, backoff=Never())
    for index in range(200):
        sink.write(make_frame(index))
    with pytest.raises(SinkError, match="full"):
        sink.close()
    assert sink.missed == 200
    assert fragile.openings == 1


def test_after_an_outage_no_frame_from_before_it_is_written(make_frame: MakeFrame) -> None:
    """Also not one that was waiting to be handed over when the output broke."""
    broken, again = threading.Event(), threading.Event()

    class Outage(Backoff):
        def next(self) -> float:
            broken.set()
            again.wait(20)
            return 0.0

    fragile = Fragile()
    sink = Returning("tape", fragile.open, keeps_all=True, backoff=Outage())
    fragile.hold.clear()
    fragile.wrong = "The disk is full."

    def write_three() -> None:
        for index in range(3):  # one is in the sink's hands, one waits behind it, one in front of the door
            sink.write(make_frame(index))

    writing = threading.Thread(target=write_three)
    writing.start()
    fragile.wait_for(lambda: fragile.openings == 1)
    writing.join(0.2)
    fragile.hold.set()
    assert broken.wait(20)
    writing.join(20)
    assert not writing.is_alive()
    fragile.wrong = None
    again.set()
    index = 3
    while not fragile.taken:
        sink.write(make_frame(index))
        index += 1
    sink.close()
    assert fragile.taken[0] >= 3
    assert sink.missed + len(fragile.taken) == index


def test_what_could_not_be_opened_even_once_is_an_error_at_the_end(make_frame: MakeFrame) -> None:
    def refuse() -> Fragile:
        raise SinkError("Nobody is there.")

    sink = Returning("wall", refuse, backoff=Never())
    sink.write(make_frame(0))
    with pytest.raises(SinkError, match="Nobody is there"):
        sink.close()


def test_a_wrong_password_is_not_tried_again_and_again(make_frame: MakeFrame) -> None:
    tries = []

    def refuse() -> Fragile:
        tries.append(1)
        raise SinkError("Wrong password.", "unauthorized")

    sink = Returning("wall", refuse, backoff=AtOnce())
    while not sink.missed:
        sink.write(make_frame(0))
    for index in range(1000):
        sink.write(make_frame(index))
    with pytest.raises(SinkError, match="Wrong password"):
        sink.close()
    assert len(tries) == 1


def test_a_recording_that_cannot_be_finished_is_an_error_at_the_end(make_frame: MakeFrame) -> None:
    class Unfinished(Fragile):
        def close(self) -> None:
            raise SinkError("The end is missing.")

    sink = Returning("tape", Unfinished().open, keeps_all=True)
    sink.write(make_frame(0))
    with pytest.raises(SinkError, match="The end is missing"):
        sink.close()


class Disk:
    """A recording on a disk that stands still when told to."""

    keeps_all = True

    def __init__(self) -> None:
        self.wrong: str | None = None
        self.taken: list[int] = []
        self.closings = 0
        self.busy, self.goes_on, self.finished = threading.Event(), threading.Event(), threading.Event()

    def write(self, frame: Frame) -> bool:
        self.busy.set()
        self.goes_on.wait()
        if self.wrong:
            raise SinkError(self.wrong)
        self.taken.append(frame.index)
        return True

    def close(self) -> None:
        self.closings += 1
        self.finished.set()


@pytest.fixture
def disk() -> Iterator[Disk]:
    disk = Disk()
    yield disk
    disk.goes_on.set()
    assert disk.finished.wait(20)


def test_a_slow_recording_is_finished_and_what_it_had_no_time_for_is_counted(
    make_frame: MakeFrame, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stream.sinks.reconnect._RECORDING", 0.1)
    monkeypatch.setattr("stream.sinks.reconnect._FORCE", 20.0)
    sink = Returning("tape", lambda: disk, keeps_all=True)
    sink.write(make_frame(0))
    assert disk.busy.wait(20)
    sink.write(make_frame(1))
    closing = threading.Thread(target=sink.close)
    closing.start()
    while not sink.missed:
        pass
    disk.goes_on.set()
    closing.join()
    assert (disk.taken, disk.closings, sink.missed) == ([0], 1, 1)


def test_few_frames_are_accepted_that_a_slow_recording_still_has_to_write(
    make_frame: MakeFrame, disk: Disk
) -> None:
    sink = Returning("tape", lambda: disk, keeps_all=True)
    accepted = []

    def write_all() -> None:
        for index in range(20):
            sink.write(make_frame(index))
            accepted.append(index)

    writing = threading.Thread(target=write_all)
    writing.start()
    assert disk.busy.wait(20)
    writing.join(0.2)
    assert accepted in ([0], [0, 1]), "the rest waits where a loop that ends can throw it out"
    disk.goes_on.set()
    writing.join()
    sink.close()
    assert (disk.taken, sink.missed) == (list(range(20)), 0)


def test_a_recording_that_hangs_is_an_error_at_the_end(
    make_frame: MakeFrame, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stream.sinks.reconnect._RECORDING", 0.1)
    sink = Returning("tape", lambda: disk, keeps_all=True)
    sink.write(make_frame(0))
    assert disk.busy.wait(20)
    with pytest.raises(SinkError, match="'tape' is too slow"):
        sink.close()


def test_a_recording_whose_last_frames_cannot_be_written_is_an_error_at_the_end(
    make_frame: MakeFrame, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    sink = Returning("tape", lambda: disk, keeps_all=True)
    disk.goes_on.set()
    sink.write(make_frame(0))
    while not disk.taken:
        pass
    disk.goes_on.clear()
    disk.wrong = "The disk is full."
    sink.write(make_frame(1))
    ending = threading.Thread(target=lambda: (sink._over.wait(), disk.goes_on.set()))
    ending.start()
    with pytest.raises(SinkError, match="full"):
        sink.close()
    ending.join()
    assert (sink.missed, disk.closings) == (1, 1)
    assert caplog.messages == [], "the error says it"


def test_what_the_end_cuts_short_is_not_called_trouble(
    make_frame: MakeFrame, caplog: pytest.LogCaptureFixture
) -> None:
    fragile = Fragile()
    fragile.hold.clear()
    sink = Returning("wall", fragile.open)
    sink.write(make_frame(0))
    fragile.wait_for(lambda: fragile.openings == 1)
    with pytest.raises(SinkError, match="interrupted"):
        sink.close()
    assert caplog.messages == []


def test_a_sink_that_hangs_is_interrupted_when_the_loop_ends(make_frame: MakeFrame) -> None:
    fragile = Fragile()
    sink = Returning("wall", fragile.open)
    sink.write(make_frame(0))
    fragile.wait_for(lambda: fragile.taken == [0])
    fragile.hold.clear()
    sink.write(make_frame(1))
    sink.close()
    assert fragile.closings == 1


def test_a_mistake_of_ours_is_not_tried_again(make_frame: MakeFrame) -> None:
    def mistaken() -> Fragile:
        raise ZeroDivisionError

    sink = Returning("wall", mistaken)
    with pytest.raises(ZeroDivisionError):
        for index in range(10_000_000):
            sink.write(make_frame(index))


def test_notices_are_shown_and_not_counted(make_frame: MakeFrame) -> None:
    fragile = Fragile()
    fragile.wrong = "The wall fell."
    sink = Returning("wall", fragile.open, backoff=Never())
    sink.write(make_frame(0))
    fragile.wait_for(lambda: sink.state == "broken" and bool(sink.missed))
    for _ in range(5):
        sink.write(replace(make_frame(0), notice=Notice("No signal")))
    assert sink.missed == 1
    with pytest.raises(SinkError):
        sink.close()


def test_publishing_goes_on_when_a_killed_server_is_there_again(receive, marked_frame) -> None:
    server = receive()
    uri = parse(f"rtsp://{server.place}")
    sink = Returning(str(uri), lambda: PublishSink(uri), backoff=AtOnce())
    index, step = 0, threading.Event()

    def publish_until(enough: Callable[[], bool]) -> None:
        nonlocal index
        for _ in range(600):
            index += 1
            sink.write(marked_frame(index))
            if step.wait(1 / 30) or enough():
                return
        raise AssertionError("it did not happen in twenty seconds")

    publish_until(lambda: len(server.seen) > 5)
    server.kill()
    publish_until(lambda: sink.state == "broken")
    killed_at = index
    server.start()
    publish_until(lambda: bool(server.seen) and server.seen[-1][0] > killed_at + 5)
    sink.close()
    assert sink.restarts == 1


def test_a_disk_across_a_network_that_is_gone_for_a_moment_comes_back(
    make_frame: MakeFrame, caplog: pytest.LogCaptureFixture
) -> None:
    """Any call to the system may fail there, also those that ask whether there is a folder."""
    fragile, index = Fragile(), 0
    gone = [OSError(116, "Stale file handle")] * 2

    def opener() -> Fragile:
        if gone:
            raise gone.pop()
        return fragile.open()

    sink = Returning("wall", opener, backoff=AtOnce())
    while not fragile.taken:
        sink.write(make_frame(index))
        index += 1
    sink.close()
    assert "Cannot write 'wall': Stale file handle. Trying again until it works." in caplog.messages
    assert sink.missed + len(fragile.taken) == index
