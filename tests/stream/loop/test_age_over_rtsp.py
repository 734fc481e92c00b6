"""From drawing to showing, through an encoder, a server, the network, a decoder and both nets."""

import os
import statistics
import time

import pytest

from engines.bundle import open_bundle
from stream.controls import Controls
from stream.loop.pipeline import Pipeline
from stream.nets.cpu import PERMITS, open_stages
from stream.scenes import mark
from stream.sources import open_source

pytestmark = pytest.mark.alone

SECONDS = float(os.environ.get("NETEYES_RTSP_SECONDS", "8"))


class MarkReader:
    """A sink that recognises each frame by its mark and notes when it saw it."""

    keeps_all = True

    def __init__(self):
        self.shown = []

    def write(self, frame):
        self.shown.append((mark.read(frame.image), time.monotonic()))
        return True

    def close(self):
        pass


def test_the_delay_does_not_grow_and_every_frame_is_a_new_one(serve_scene):
    server = serve_scene("scene://duel?mark=1&size=640x360")
    bundle, watcher = open_bundle("small"), MarkReader()
    controls = Controls(bundle.card.segment.space, bundle.card.synthesize.space)
    source = open_source(server.url)
    pipeline = Pipeline(
        source, open_stages(bundle, controls), {"watcher": watcher}, permits=PERMITS, seconds=SECONDS
    )
    pipeline.run()

    drawn = server.drawn_at()
    indexes = [index for index, _ in watcher.shown]
    assert None not in indexes
    assert indexes == sorted(set(indexes))
    ages = [1000 * (shown - drawn[index]) for index, shown in watcher.shown]
    early, late = ages[: len(ages) // 2], ages[len(ages) // 2 :]
    p95 = statistics.quantiles(ages, n=20)[-1]
    before, after = statistics.median(early), statistics.median(late)
    print(f"\n{len(ages)} frames shown, {pipeline.meter.fps:.1f} a second; from drawing to showing:")
    print(f"p50 {statistics.median(ages):.0f} ms, p95 {p95:.0f} ms; halves {before:.0f} and {after:.0f} ms")
    frame_time = 1000 / 30
    assert after < 1.5 * before + frame_time
