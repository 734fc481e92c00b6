"""Reconnecting for months leaves nothing behind: no threads, no descriptors, no memory."""

import gc
import os
import threading

import psutil
import pytest

from engines.errors import SourceError
from stream.feeds.backoff import Backoff
from stream.feeds.feed import Feed
from stream.feeds.status import Status
from stream.sources import open_source


@pytest.mark.slow
def test_fifty_reconnections_leave_nothing_behind(serve_clip, make_clip, tmp_path, figure):
    server = serve_clip(make_clip(tmp_path / "clip.mp4"))
    process, seen = psutil.Process(), []

    def opener():
        source = open_source(server.url)
        frames = source.frames

        def cut(stop):
            for given, frame in enumerate(frames(stop)):
                if given == 3:
                    raise SourceError("The line was cut.", "ended")
                yield frame

        source.frames = cut
        return source

    feed = Feed(Status("server"), opener, backoff=Backoff(first=0.01, cap=0.01))
    stop = threading.Event()
    for frame in feed.frames(stop):
        restarts = feed.status.health.restarts
        if not frame.notice and restarts > len(seen):
            gc.collect()
            seen.append(
                (len(os.listdir("/proc/self/fd")), threading.active_count(), process.memory_info().rss)
            )
        if restarts == 50:
            break
    stop.set()
    feed.close()
    (files, threads, memory), (files_then, threads_then, memory_then) = seen[9], seen[-1]
    figure("50 reconnections: descriptors", files_then - files, 3, "more")
    figure("50 reconnections: threads", threads_then - threads, 1, "more")
    figure("50 reconnections: memory, 10th to 50th", (memory_then - memory) / 2**20, 2, "MiB")
