"""Peers that end, however they end, leave no thread, socket or task behind."""

import asyncio
import gc
import os
import threading

import numpy as np
import pytest

from neteyes.serve.transports import rtc
from neteyes.serve.transports.rtc import Rtc
from neteyes.serve.transports.rtc_broadcast import Broadcasts
from neteyes.serve.transports.rtc_hub import RtcHub
from neteyes.serve.visitor_source import VisitorSource
from tests.fixtures.rtc_peers import Peer
from tests.neteyes.serve.transports.test_rtc_broadcast import Views

GREY = np.full((96, 128, 3), 90, np.uint8)


def held():
    """Return what this process holds: names of threads, and the number of descriptors."""
    gc.collect()
    names = sorted(thread.name for thread in threading.enumerate() if not thread.name.startswith("asyncio"))
    return names, len(os.listdir("/proc/self/fd"))


async def settled(before):
    """Wait until no more is held than before."""
    async with asyncio.timeout(10):
        while held() != before or len(asyncio.all_tasks()) > 1:
            await asyncio.sleep(0.02)


class Server:
    """Hold what a server has for one mirror."""

    def __init__(self):
        self.hub, self.views, self.words = RtcHub(most=60), Views(), []
        self.broadcasts = Broadcasts(self.views.watch)

    def peer(self):
        return Rtc(self.broadcasts, VisitorSource(), hub=self.hub, ended=self.words.append)

    async def showing(self, until):
        while not until.is_set():
            self.views.show(level=120)
            await asyncio.sleep(0.03)


async def connected(server):
    """Return both ends of a connection over which pictures flow."""
    here, there = server.peer(), Peer(lambda number: GREY, rate=30)
    await there.__aenter__()
    await there.take(await here.answer(there.offer))
    stop = asyncio.Event()
    showing = asyncio.create_task(server.showing(stop))
    await there.view()
    stop.set()
    await showing
    return here, there


def test_fifty_peers_that_are_cut_off_leave_nothing_behind():
    async def main():
        server = Server()
        here, there = await connected(server)  # what is imported and opened once is
        await here.close()
        await there.__aexit__()
        await settled((held()[0], held()[1]))
        before = held()
        for count in range(50):
            here, there = await connected(server)
            if count % 2:
                await there.__aexit__()
            await here.close()
            await there.__aexit__()
        await settled(before)
        assert server.hub.peers == 0 and not server.views.watchers

    asyncio.run(main())


def test_all_peers_are_closed_with_the_hub():
    async def main():
        server = Server()
        before = held()
        pairs = [await connected(server) for _ in range(3)]
        assert server.hub.peers == 3
        await server.hub.close()
        assert server.hub.peers == 0 and not server.words
        for _, there in pairs:
            await there.__aexit__()
        await settled(before)

    asyncio.run(main())


@pytest.mark.parametrize("moment", ["before the answer", "before it connects"])
def test_a_peer_may_be_closed_at_any_moment(moment):
    async def main():
        server = Server()
        before = held()
        here = server.peer()
        async with Peer(lambda number: GREY) as there:
            answering = asyncio.create_task(here.answer(there.offer))
            if moment == "before it connects":
                await there.take(await answering)
            else:
                await asyncio.sleep(0)
                answering.cancel()
            await here.close()
            await asyncio.wait([answering])
        await settled(before)
        assert server.hub.peers == 0

    asyncio.run(main())


def test_half_open_peers_are_dropped_after_some_seconds(monkeypatch):
    monkeypatch.setattr(rtc, "CONNECT_SECONDS", 0.5)

    async def main():
        server = Server()
        before = held()
        async with Peer(lambda number: GREY) as there:
            for _ in range(10):
                await server.peer().answer(there.offer)  # and nobody ever connects
            assert server.hub.peers == 10
            async with asyncio.timeout(10):
                while server.hub.peers:
                    await asyncio.sleep(0.02)
        assert len(server.words) == 10 and all("UDP" in words for words in server.words)
        await settled(before)

    asyncio.run(main())


def test_a_peer_that_falls_silent_is_dropped(monkeypatch):
    monkeypatch.setattr(rtc, "SILENT_SECONDS", 2.0)

    async def main():
        server = Server()
        _, there = await connected(server)
        transport = there.connection.getSenders()[0].transport
        transport._send_rtp = lambda data: asyncio.sleep(0)  # its network goes, and nobody says so
        async with asyncio.timeout(10):
            while server.hub.peers:
                await asyncio.sleep(0.02)
        assert "Nothing has come" in server.words[0]
        await there.__aexit__()

    asyncio.run(main())


def test_what_nobody_drains_piles_up_nowhere():
    async def main():
        server = Server()
        here, there = await connected(server)
        receiver = here._peer.getReceivers()[0]
        datagrams = receiver.transport.transport._connection._queue
        for _ in range(5000):
            datagrams.put_nowait((b"\x00" * 100, 1))
        assert datagrams.qsize() <= 1024
        here.outgoing.paused = True
        here.outgoing.paused = False
        for level in range(200):
            server.views.show(level=level)
            await asyncio.sleep(0)
        assert len(here.outgoing._packets) <= 6
        assert receiver._track._queue.qsize() == 0, "no picture waits in aiortc"
        await here.close()
        await there.__aexit__()

    asyncio.run(main())
