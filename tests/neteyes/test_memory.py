"""What a long run keeps of memory that it wanted once."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
import numpy as np
import psutil
from neteyes.memory import keep_small

if sys.argv[1] == "kept small":
    keep_small()
before = psutil.Process().memory_info().rss
del (once := [np.ones(30 << 20, np.uint8)])[:]  # glibc would now take anything smaller from its pools
kept = []
for _ in range(60):
    once.append(np.ones(3 << 20, np.uint8))
    kept.append(np.ones(1 << 14, np.uint8))
once.clear()
print((psutil.Process().memory_info().rss - before) >> 20)
"""


def grown(how: str, **variables: str) -> int:
    """Return the MiB that a process keeps of 180 that it wanted once, between 1 that it still wants."""
    plain = {name: text for name, text in os.environ.items() if not name.startswith(("MALLOC_", "GLIBC_"))}
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM, how],
        env=plain | variables,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
    )
    return int(found.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library has its own ways")
def test_what_was_large_is_given_back_though_small_things_stay() -> None:
    assert grown("as it is") > 100
    assert grown("kept small") < 20
    assert grown("kept small", MALLOC_MMAP_THRESHOLD_="33554432") > 100, "what the user sets is left alone"
