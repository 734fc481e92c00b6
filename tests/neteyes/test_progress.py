"""The live line in the terminal."""

import io
import re
import time

from rich.console import Console

from neteyes.progress import LoopProgress
from neteyes.watching.health import RunHealth
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
