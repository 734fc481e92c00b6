"""Permits that loops share: the same number each, newest frames only, and none is lost with a loop."""

import threading
import time
from collections import Counter

import pytest

from stream.frame import Frame
from stream.loop.permits import Permits
from stream.loop.pipeline import Pipeline
from stream.mailbox import Closed
from stream.sinks.null import NullSink
from stream.sources.scene import SceneSource


def test_loops_get_permits_in_the_order_in_which_they_ask():
    permits, got = Permits(1), []
    first = permits.share()
    first.get()
    others = [permits.share() for _ in range(3)]

    def take(place):
        others[place].get()
        got.append(place)
        others[place].put()

    threads = []
    for place in (2, 0, 1):
        threads.append(threading.Thread(target=take, args=(place,)))
        threads[-1].start()
        while len(permits._queue) < len(threads):
            time.sleep(0.001)
    first.put()
    for thread in threads:
        thread.join(5)
    assert got == [2, 0, 1]


def test_a_loop_that_ends_gives_its_permits_back():
    permits = Permits(2)
    one, other = permits.share(), permits.share()
    one.get()
    one.get()
    waiting = threading.Thread(target=other.get)
    waiting.start()
    one.close()
    waiting.join(5)
    assert not waiting.is_alive()
    one.put()  # of a frame that was in flight: it counts no more
    other.get()
    with pytest.raises(Closed):
        one.get()


class Slow:
    """A stage that many loops share, and that none can pass by."""

    name, takes_notices = "slow", False
    lock = threading.Lock()

    def __init__(self):
        self.ages = []

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        pass

    def __call__(self, frame: Frame) -> Frame:
        self.ages.append(time.monotonic() - frame.captured_at)
        with self.lock:
            time.sleep(0.02)
        return frame


@pytest.mark.alone
def test_with_more_loops_than_the_machine_carries_each_gets_a_share_and_none_gets_old_frames():
    permits, stages = Permits(2), [Slow() for _ in range(4)]
    loops = [
        Pipeline(
            SceneSource("duel", {"size": "64x48", "rate": "60"}),
            [stage],
            {"null://": NullSink()},
            permits=permits.share(),
            seconds=3,
        )
        for stage in stages
    ]
    threads = [threading.Thread(target=loop.run) for loop in loops]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    shares = Counter({place: len(stage.ages) for place, stage in enumerate(stages)})
    assert min(shares.values()) > 0.8 * max(shares.values()), shares
    ages = sorted(age for stage in stages for age in stage.ages)
    assert ages[len(ages) // 2] < 0.03, "a frame waits at the camera's door, not inside"
