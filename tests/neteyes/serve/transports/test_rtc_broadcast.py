"""A mirror's views are encoded once, for all who watch, while anyone watches."""

import asyncio
import threading
import time
from types import SimpleNamespace

import av
import numpy as np

from neteyes.serve.transports.rtc_broadcast import WHOLE_EVERY, Broadcasts


class Views:
    """Stand where a mirror's `watch` is; a test shows views itself."""

    def __init__(self):
        self.watchers = []

    def watch(self, show):
        self.watchers.append(show)
        return lambda: self.watchers.remove(show)

    def show(self, size=(64, 96), level=100):
        view = np.full((*size, 3), level, np.uint8)
        for show in list(self.watchers):
            show(SimpleNamespace(view=view))


class Viewer:
    """Decode what comes."""

    limit = None

    def __init__(self):
        self.packets, self.pictures = [], []
        self._decoder = av.CodecContext.create("vp8", "r")
        self._decoder.thread_count = 1
        self._came = asyncio.Event()

    def give(self, packets):
        self.packets += packets
        if self.packets[0].is_keyframe:
            self.pictures += [picture for packet in packets for picture in self._decoder.decode(packet)]
        self._came.set()

    async def has(self, count):
        async with asyncio.timeout(10):
            while len(self.pictures) < count:
                self._came.clear()
                await self._came.wait()


def encoders():
    return [thread for thread in threading.enumerate() if thread.name.endswith("-encoder")]


async def ended():
    async with asyncio.timeout(5):
        while encoders():
            await asyncio.sleep(0.01)


def test_each_view_is_encoded_once_for_all_who_watch():
    async def main():
        views = Views()
        broadcast = Broadcasts(views.watch).of("VP8")
        first, second, third = Viewer(), Viewer(), Viewer()
        for viewer in (first, second, third):
            broadcast.join(viewer)
        assert len(encoders()) == 1 and len(views.watchers) == 1
        for count in range(10):
            views.show(level=20 * count)
            await first.has(count + 1)
        assert broadcast.encoded == 10
        assert first.packets == second.packets == third.packets
        assert first.packets[3] is third.packets[3], "the very same bytes"
        assert [packet.is_keyframe for packet in first.packets] == [True] + [False] * 9
        for viewer in (first, second, third):
            broadcast.leave(viewer)
        assert not views.watchers
        await ended()

    asyncio.run(main())


def test_who_joins_late_begins_with_a_whole_picture_even_if_nothing_moves():
    async def main():
        views = Views()
        broadcast = Broadcasts(views.watch).of("VP8")
        first, late = Viewer(), Viewer()
        broadcast.join(first)
        views.show(level=50)
        await first.has(1)
        views.show(level=200)
        await first.has(2)
        broadcast.join(late)
        await late.has(1)
        assert late.packets[0].is_keyframe
        assert abs(late.pictures[0].to_ndarray(format="gray").mean() - 200) < 10, "of the last view"
        broadcast.leave(first)
        broadcast.leave(late)
        await ended()

    asyncio.run(main())


def test_a_thousand_requests_for_whole_pictures_make_few():
    async def main():
        views = Views()
        broadcast = Broadcasts(views.watch).of("VP8")
        viewer = Viewer()
        broadcast.join(viewer)
        begun = time.monotonic()
        for count in range(100):
            for _ in range(10):
                broadcast.ask_for_whole()
            views.show(level=count)
            await viewer.has(count + 1)
        assert broadcast.wholes <= 2 + (time.monotonic() - begun) / WHOLE_EVERY
        broadcast.leave(viewer)
        await ended()

    asyncio.run(main())


def test_a_view_of_another_size_comes_at_once():
    async def main():
        views = Views()
        broadcast = Broadcasts(views.watch).of("VP8")
        viewer = Viewer()
        broadcast.join(viewer)
        sizes = [(64, 96), (64, 288), (65, 97), (64, 96)]
        for count, size in enumerate(sizes):
            views.show(size)
            await viewer.has(count + 1)
        assert [(one.height, one.width) for one in viewer.pictures] == [
            (64, 96),
            (64, 288),
            (64, 96),
            (64, 96),
        ]
        broadcast.leave(viewer)
        await ended()

    asyncio.run(main())


def test_who_gets_little_lowers_the_bits_for_all_but_not_to_nothing():
    async def main():
        views = Views()
        broadcast = Broadcasts(views.watch).of("VP8")
        crawls, other = Viewer(), Viewer()
        rng = np.random.default_rng(0)

        async def bits(frames):
            size = 0
            for _ in range(frames):
                noise = rng.integers(0, 255, (64, 64, 3), np.uint8).repeat(4, 0).repeat(4, 1)
                for show in list(views.watchers):
                    show(SimpleNamespace(view=noise))
                await other.has(len(other.pictures) + 1)
                size += 0 if other.packets[-1].is_keyframe else other.packets[-1].size
            return size

        broadcast.join(crawls)
        broadcast.join(other)
        before = await bits(10)
        crawls.limit = 1000.0
        after = await bits(10)
        assert 0 < after < before
        for viewer in (crawls, other):
            broadcast.leave(viewer)
        await ended()

    asyncio.run(main())
