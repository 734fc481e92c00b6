"""The wall clock jumps by an hour: nobody who watches notices."""

import json
import signal
from itertools import pairwise
from pathlib import Path

import av
import pytest

pytestmark = pytest.mark.alone

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)


@pytest.mark.parametrize("jump", ["+1h", "-1h"])
def test_a_wall_clock_that_is_set_changes_nothing(start, wait_for, tmp_path, figure, jump):
    if LIBRARY is None:
        pytest.skip("libfaketime is missing: apt install faketime")
    clock, clip = tmp_path / "clock", tmp_path / "a.mp4"
    clock.write_text("+0\n")
    process = start(
        *("run", "scene://duel", clip, "--height", 128, "--report", "r.json"),
        log=tmp_path / "log",
        LD_PRELOAD=str(LIBRARY),
        FAKETIME_TIMESTAMP_FILE=str(clock),
        FAKETIME_DONT_FAKE_MONOTONIC="1",
        FAKETIME_NO_CACHE="1",
    )
    wait_for(lambda: clip.exists() and clip.stat().st_size > 5000)
    clock.write_text(f"{jump}\n")
    before = clip.stat().st_size
    wait_for(lambda: clip.stat().st_size > before + 10_000)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0, (tmp_path / "log").read_text()
    with av.open(str(clip)) as recorded:
        times = [frame.time for frame in recorded.decode(video=0)]
    steps = [after - earlier for earlier, after in pairwise(times)]
    figure(f"wall clock {jump}: longest step in the recording", max(steps), 1)
    assert min(steps) > 0
    facts = json.loads((tmp_path / "r.json").read_text())
    assert facts["age_ms"]["p99"] < 1000
    assert facts["fps"] > 5
