"""The wall clock jumps by an hour: nobody who watches notices."""

import json
import signal
import subprocess
from itertools import pairwise
from pathlib import Path

import av
import pytest

pytestmark = pytest.mark.alone

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)

TRIES = 4
"""libfaketime 0.9.10 lets one process in ten spin for ever in CPython's own locks, whatever it does: it takes
their condition variables, which go by the monotonic clock, for others. A fault of ours comes each time."""


@pytest.mark.timeout(180)
@pytest.mark.parametrize("jump", ["+1h", "-1h"])
def test_a_wall_clock_that_is_set_changes_nothing(start, wait_for, tmp_path, figure, jump):
    if LIBRARY is None:
        pytest.skip("libfaketime is missing: apt install faketime")
    clock, clip = tmp_path / "clock", tmp_path / "a.mp4"

    def spins():
        clip.unlink(missing_ok=True)
        clock.write_text("+0\n")
        process = start(
            *("run", "scene://duel", clip, "--height", 128, "--report", "r.json", "--overwrite"),
            log=tmp_path / "log",
            LD_PRELOAD=str(LIBRARY),
            FAKETIME_TIMESTAMP_FILE=str(clock),
            FAKETIME_DONT_FAKE_MONOTONIC="1",
            FAKETIME_NO_CACHE="1",
        )
        try:
            wait_for(lambda: clip.exists() and clip.stat().st_size > 5000, 15)
            clock.write_text(f"{jump}\n")
            before = clip.stat().st_size
            wait_for(lambda: clip.stat().st_size > before + 10_000, 15)
            process.send_signal(signal.SIGTERM)
            process.wait(10)
        except (AssertionError, subprocess.TimeoutExpired) as error:  # it stands still
            print(f"{jump}: {error!r}")
            process.kill()
            process.wait()
            return True
        assert process.returncode == 0, (tmp_path / "log").read_text()
        return False

    assert not all(spins() for _ in range(TRIES)), (tmp_path / "log").read_text()
    with av.open(str(clip)) as recorded:
        times = [frame.time for frame in recorded.decode(video=0)]
    steps = [after - earlier for earlier, after in pairwise(times)]
    figure(f"wall clock {jump}: longest step in the recording", max(steps), 1)
    assert min(steps) > 0
    facts = json.loads((tmp_path / "r.json").read_text())
    assert facts["age_ms"]["p99"] < 1000
    assert facts["fps"] > 5
