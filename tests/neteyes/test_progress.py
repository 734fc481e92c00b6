"""The live line in the terminal."""

import io
import re
import time

import cv2
import numpy as np
from rich.console import Console

from neteyes.progress import LoopProgress
from neteyes.watching.health import RunHealth
from stream.sources import open_source
from tests.fixtures.loop import Loop


def line_of(loop):
    """Return what a terminal shows of a run now."""
    terminal = io.StringIO()
    console = Console(file=terminal, force_terminal=True, width=200)
    progress = LoopProgress(console, RunHealth(loop.pipeline), None)
    with progress:
        progress.update()
    return terminal.getvalue()


def test_the_live_line_tells_the_age_of_the_last_seconds(monkeypatch, wait_for):
    monkeypatch.setattr("stream.meter.LATELY", 0.5)
    loop = Loop()
    loop.pipeline.paused = False
    meter = loop.pipeline.meter
    for index in range(100):
        meter.shown(index, time.monotonic() - 9)
    assert "age 9" in line_of(loop)
    wait_for(lambda: meter.rate is None)
    for index in range(100, 105):
        meter.shown(index, time.monotonic() - 0.1)
    assert re.search(r"age 1\d\d ms", line_of(loop))


def test_the_live_line_counts_what_could_not_be_read(tmp_path):
    for number in range(3):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.zeros((8, 8, 3), np.uint8))
    (tmp_path / "1.png").write_bytes(b"torn")
    loop = Loop(open_source(str(tmp_path), pace=False))
    with loop:
        loop.finish()
    for index in range(9):
        loop.pipeline.meter.shown(index, time.monotonic())
    assert "1 damaged" in line_of(loop)
