"""A peer that lost a picture gets a whole one, and one that little reaches gets fewer bits."""

import asyncio

import numpy as np
import pytest

from neteyes.serve.transports.rtc_broadcast import Broadcasts
from neteyes.serve.transports.rtc_outgoing import LEAST_LIMIT, MOST_WAITING, OutgoingVideo
from tests.neteyes.serve.transports.test_rtc_broadcast import Views, ended
from tests.neteyes.serve.transports.test_rtc_closing import Server, connected


def test_a_peer_that_lost_a_picture_gets_a_whole_one():
    async def main():
        server = Server()
        here, there = await connected(server)
        stop = asyncio.Event()
        showing = asyncio.create_task(server.showing(stop))
        broadcast = server.broadcasts.of("VP8")
        receiver = there.connection.getReceivers()[0]
        (ssrc,) = [one.source for one in receiver.getSynchronizationSources()][:1]
        before = broadcast.wholes
        await receiver._send_rtcp_pli(ssrc)
        async with asyncio.timeout(10):
            while broadcast.wholes == before:
                await there.view()
        stop.set()
        await showing
        await here.close()
        await there.__aexit__()

    asyncio.run(main())


class Sends:
    """Stand where a broadcast is that sends a megabit a second."""

    bitrate = 1_000_000.0

    def __init__(self):
        self.asked = 0

    def ask_for_whole(self):
        self.asked += 1


@pytest.fixture
def track():
    return OutgoingVideo(Sends())


def test_an_estimate_under_what_is_sent_limits_and_a_higher_one_frees_step_by_step(track):
    track.estimated(2_000_000)
    assert track.limit is None
    track.estimated(600_000)
    assert track.limit == 600_000
    for _ in range(10):
        track.estimated(950_000)
    assert track.limit > 1_000_000
    track.estimated(1)
    assert track.limit == LEAST_LIMIT


def test_lost_packets_limit_and_their_end_frees(track):
    track.lost(0.01)
    assert track.limit is None
    track.lost(0.5)
    assert track.limit == 750_000
    track.lost(0.05)
    assert track.limit == 750_000, "a little is lost on any radio"
    for _ in range(10):
        track.lost(0.0)
    assert track.limit > 1_000_000


def test_a_sender_that_is_too_slow_gets_the_newest_after_a_whole_picture():
    async def main():
        views = Views()
        broadcast = Broadcasts(views.watch).of("VP8")
        track = OutgoingVideo(broadcast)
        first = asyncio.create_task(track.recv())
        await asyncio.sleep(0)
        views.show(level=0)
        assert (await first).is_keyframe
        count = 0
        async with asyncio.timeout(10):
            while not track.dropped:  # and nobody takes them
                views.show(level=count)
                count += 1
                await asyncio.sleep(0.01)
            assert track.dropped == MOST_WAITING
            views.show(level=255)
            assert (await track.recv()).is_keyframe
        track.stop()
        await ended()

    asyncio.run(main())


def test_pictures_are_not_sent_to_a_peer_that_is_paused():
    async def main():
        views = Views()
        track = OutgoingVideo(Broadcasts(views.watch).of("VP8"))
        track.paused = True
        waits = asyncio.create_task(track.recv())
        await asyncio.sleep(0)
        assert not views.watchers, "and not encoded for it either"
        track.paused = False
        assert len(views.watchers) == 1
        views.show(level=np.uint8(9))
        assert (await waits).is_keyframe
        track.paused = True
        assert not views.watchers
        track.stop()
        await ended()

    asyncio.run(main())
