"""A run in one line, as the service manager and `/health` show it."""

import re
import time

from neteyes.watching.health import RunHealth
from tests.fixtures.loop import Loop


def test_the_line_tells_the_age_of_the_last_seconds(monkeypatch, wait_for):
    monkeypatch.setattr("stream.meter.LATELY", 0.5)
    loop = Loop()
    loop.pipeline.paused = False
    meter = loop.pipeline.meter
    for index in range(100):
        meter.shown(index, time.monotonic() - 9)
    assert "100 frames shown" in RunHealth(loop.pipeline).line
    assert "age 9" in RunHealth(loop.pipeline).line
    wait_for(lambda: meter.rate is None)
    for index in range(100, 105):
        meter.shown(index, time.monotonic() - 0.1)
    assert re.search(r"age 1\d\d ms", RunHealth(loop.pipeline).line)


def test_a_paused_run_has_neither_rate_nor_age_of_the_moment(wait_for):
    with Loop() as loop:
        health = RunHealth(loop.pipeline)
        wait_for(lambda: "a second" in health.line and "age" in health.line)
        loop.pipeline.paused = True
        line = health.line
        assert line.startswith("paused · ")
        assert "a second" not in line
        assert "age" not in line
