"""Reconnecting for months leaves nothing behind: no threads, no descriptors, no memory."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.alone

ROOT = Path(__file__).parents[2]


@pytest.mark.slow  # it is cut off fifty times
def test_fifty_reconnections_leave_nothing_behind(serve_clip, make_clip, tmp_path, figure):
    server = serve_clip(make_clip(tmp_path / "clip.mp4"))
    command = [sys.executable, str(ROOT / "tests" / "fixtures" / "reconnect.py"), server.url, "50"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    said = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, timeout=110).stdout
    seen = json.loads(said)
    (files, threads, memory), (files_then, threads_then, memory_then) = seen[9], seen[-1]
    figure("50 reconnections: descriptors", files_then - files, 3, "more")
    figure("50 reconnections: threads", threads_then - threads, 1, "more")
    figure("50 reconnections: memory, 10th to 50th", (memory_then - memory) / 2**20, 2, "MiB")
