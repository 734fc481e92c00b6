"""Test that a feed reconnects by itself, gives the reason of an outage, and never goes back in time."""

import logging
import threading
import time
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from engines.errors import SourceError, UsageError
from stream.resilience.backoff import Backoff
from stream.sources.reconnect import feed as feeds
from stream.sources.reconnect.feed import Feed
from stream.sources.reconnect.status import Status
from stream.sources.scene import SceneSource

pytestmark = pytest.mark.alone

QUICK = {"first": 0.02, "cap": 0.05}


class Breaks(SceneSource):
    """A scene that breaks after some frames, falls silent, or shows one picture for ever."""

    def __init__(self, *, frames=5, kind="ended", silent=False, frozen=False, rate=100):
        super().__init__("duel", {"size": "64x48", "rate": str(rate)}, pace=True)
        self.count, self.kind, self.silent, self.frozen = frames, kind, silent, frozen
        self.closed = 0

    def frames(self, stop):
        first = None
        for given, frame in enumerate(super().frames(stop)):
            if given == self.count:
                break
            first = frame.image if first is None else first
            yield replace(frame, image=first.copy()) if self.frozen else frame
        if self.silent:
            stop.wait()
            return
        raise SourceError(f"The {self.kind} source broke.", self.kind)

    def close(self):
        self.closed += 1


def opened(*sources):
    """Return an opener that gives these sources in turn; the last one for ever."""
    left = list(sources)

    def opener():
        source = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(source, Exception):
            raise source
        return source

    return opener


def taken(feed, count, stop=None):
    frames = []
    for frame in feed.frames(stop or threading.Event()):
        frames.append(frame)
        if len(frames) == count:
            break
    feed.close()
    return frames


def wait_until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        threading.Event().wait(0.01)


def test_it_comes_back_and_numbers_and_times_go_on():
    sources = [Breaks(), Breaks(), Breaks(frames=-1)]
    feed = Feed(Status("scene"), opened(*sources), backoff=Backoff(**QUICK))
    frames = taken(feed, 20)
    assert [frame.index for frame in frames] == sorted({frame.index for frame in frames})
    assert (np.diff([frame.pts for frame in frames]) > 0).all()
    shown, captured = frames[-1].pts - frames[0].pts, frames[-1].captured_at - frames[0].captured_at
    assert shown == pytest.approx(captured, abs=0.05)  # waits between openings are in the times
    assert feed.status.health.restarts == 2
    assert [source.closed for source in sources] == [1, 1, 1]


@pytest.mark.parametrize("retry", [0, 2])
def test_it_gives_up_after_so_many_tries_in_a_row(retry):
    feed = Feed(Status("x"), opened(Breaks(frames=0, kind="refused")), retry=retry, backoff=Backoff(**QUICK))
    with pytest.raises(SourceError, match="refused"):
        list(feed.frames(threading.Event()))
    assert feed.status.health.frames == 0


def test_frames_in_between_make_the_tries_count_anew(monkeypatch):
    monkeypatch.setattr(feeds, "STEADY", 0.005)
    sources = [Breaks(frames=2), Breaks(frames=2), Breaks(frames=2), Breaks(frames=0)]
    feed = Feed(Status("x"), opened(*sources), retry=1, backoff=Backoff(**QUICK))
    with pytest.raises(SourceError):
        assert len(list(feed.frames(threading.Event()))) == 6
    assert feed.status.health.frames == 6


def test_a_source_that_comes_and_goes_is_reported_once(caplog):
    caplog.set_level(logging.INFO, "stream.sources.reconnect.feed")
    feed = Feed(Status("x"), opened(Breaks(frames=1)), retry=4, backoff=Backoff(**QUICK))
    with pytest.raises(SourceError):
        list(feed.frames(threading.Event()))
    assert feed.status.health.restarts == 4
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


def test_an_invalid_option_is_never_tried_again():
    feed = Feed(Status("x"), opened(UsageError("no such option")), backoff=Backoff(**QUICK))
    with pytest.raises(UsageError, match="no such option"):
        list(feed.frames(threading.Event()))


def test_notices_replace_pictures_while_it_is_lost(monkeypatch):
    monkeypatch.setattr(feeds, "TICK", 0.1)
    feed = Feed(Status("cam"), opened(Breaks(frames=3)), backoff=Backoff(first=20, cap=20))
    frames = taken(feed, 8)
    notices = [frame.notice for frame in frames if frame.notice]
    assert len(notices) == 5
    assert notices[-1].title == "No signal"
    words = " ".join(notices[-1].lines)
    assert "The ended source broke." in words
    assert "The last picture came" in words and "Trying again in" in words
    assert (np.diff([frame.pts for frame in frames]) > 0).all()
    last = max(frame.index for frame in frames if not frame.notice)
    assert {frame.index for frame in frames if frame.notice} == {last}


def test_notices_come_before_the_first_picture(monkeypatch):
    monkeypatch.setattr(feeds, "TICK", 0.05)
    feed = Feed(Status("cam"), opened(Breaks(frames=0, silent=True)))
    (notice,) = taken(feed, 1)
    assert notice.notice.lines[0] == "Opening cam"


def test_an_open_source_that_falls_silent_is_stale_and_lives_again_with_its_next_frame(monkeypatch):
    monkeypatch.setattr(feeds, "STALE", 0.2)
    monkeypatch.setattr(feeds, "TICK", 0.1)
    go_on = threading.Event()

    class Pauses(Breaks):
        def frames(self, stop):
            for frame in super().frames(stop):
                if frame.index >= 3 and not go_on.is_set():
                    go_on.wait()
                yield frame

    feed = Feed(Status("cam"), opened(Pauses(frames=-1)))
    states = []
    for frame in feed.frames(threading.Event()):
        states.append(feed.status.health.state)
        if frame.notice:
            go_on.set()
        if go_on.is_set() and not frame.notice:
            break
    feed.close()
    assert "stale" in states
    assert (states[-1], feed.status.health.restarts) == ("live", 0)


@pytest.mark.parametrize(
    "sources", [[Breaks(frames=0, kind="unauthorized")], [Breaks(frames=0, silent=True)]]
)
def test_stop_wakes_it_at_once_whatever_it_waits_for(sources):
    feed, stop = Feed(Status("x"), opened(*sources)), threading.Event()
    reader = threading.Thread(target=lambda: list(feed.frames(stop)), daemon=True)
    reader.start()
    wait_until(lambda: feed.status.health.state != "live" and feed._reader)
    stop.set()
    asked = time.monotonic()
    reader.join(5)
    feed.close()
    assert time.monotonic() - asked < 1
    assert not feed._reader.is_alive()


def test_a_wrong_password_is_not_tried_again_and_again():
    tries = []

    def opener():
        tries.append(time.monotonic())
        raise SourceError("does not accept this password", "unauthorized")

    feed, stop = Feed(Status("x"), opener, backoff=Backoff(**QUICK)), threading.Event()
    threading.Timer(1.0, stop.set).start()
    list(feed.frames(stop))
    feed.close()
    assert len(tries) == 1
    assert feed.status.health.kind == "unauthorized"


def test_every_outage_is_logged_once_with_its_reason_and_its_end(caplog):
    caplog.set_level(logging.INFO, "stream.sources.reconnect.feed")
    gone = SourceError("The server is gone.", "refused")
    feed = Feed(
        Status("cam"), opened(Breaks(frames=3), gone, gone, gone, Breaks(frames=-1)), backoff=Backoff(**QUICK)
    )
    taken(feed, 6)
    said = [(record.levelname, record.message, record.fields["kind"]) for record in caplog.records]
    assert [kind for _, _, kind in said] == ["ended", "refused", None]
    assert said[1][1].startswith("The server is gone. Trying again")
    assert said[2][:2] == ("INFO", "cam is back.")
    assert caplog.records[2].fields["gone"] > 0


def test_repeated_pictures_are_counted_and_logged(caplog, monkeypatch):
    monkeypatch.setattr(feeds, "FROZEN", 0.2)
    feed = Feed(Status("cam"), opened(Breaks(frames=-1, frozen=True)))
    taken(feed, 40)
    health = feed.status.health
    assert health.repeated == health.frames - 1 >= 39
    assert health.frozen > 0.2
    assert [record.message for record in caplog.records if "frozen" in record.message] != []
    assert sum("frozen" in record.message for record in caplog.records) == 1


def test_waits_grow_up_to_the_cap_and_begin_anew():
    backoff = Backoff(first=1.0, cap=8.0)
    waits = [backoff.next() for _ in range(20)]
    assert all(0.5 * due <= wait <= due for wait, due in zip(waits, [1, 2, 4, 8, *[8] * 16], strict=True))
    assert len(set(waits[4:])) > 1
    backoff.reset()
    assert backoff.next() <= 1.0


def test_how_long_it_is_away_counts_over_all_tries():
    status = Status("cam")
    status.gave(time.monotonic(), repeated=False)
    assert status.health.away == 0
    status.enter("lost", "refused", "gone")
    threading.Event().wait(0.05)
    status.enter("connecting", "refused", "gone")
    assert status.health.since < 0.05 <= status.health.away
    status.gave(time.monotonic(), repeated=False)
    assert status.health.away == 0


def test_data_that_no_decoder_takes_is_tried_again_like_any_fault():
    """FFmpeg refuses a picture of absurd size with a `ValueError`."""

    class Odd(Breaks):
        def frames(self, stop):
            yield from islice(super().frames(stop), 3)
            raise ValueError("Invalid argument")

    feed = Feed(Status("camera"), opened(Odd(), Breaks(frames=50)), backoff=Backoff(**QUICK))
    frames = [frame for frame in taken(feed, 20) if not frame.notice]
    assert len(frames) > 3
    assert feed.status.health.restarts == 1
