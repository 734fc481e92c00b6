"""How memory is asked for and given back, so that a run of months stays as large as it was after minutes."""

from __future__ import annotations

import ctypes
import os
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""Names of settings, from glibc's malloc.h."""

SETTINGS = {_MMAP_THRESHOLD: 2 << 20, _TRIM_THRESHOLD: 64 << 20, _ARENA_MAX: 2}
"""What comes once in a while (a scene at its opening, an encoder) goes back to the system when it is freed,
since it is larger than 2 MiB; what every frame wants is smaller, and stays for the next. Left alone, glibc
raises that border to the largest thing it has ever seen freed, and gives nearly every thread a pool of its
own: large and small then leave holes for each other in all of these."""


def keep_small() -> None:
    """Have glibc handle memory as `SETTINGS` says; called before any thread is there.

    Does nothing with another C library, nor where the environment sets anything of it.
    """
    is_set = any(name.startswith(("MALLOC_", "GLIBC_TUNABLES")) for name in os.environ)
    if is_set or sys.platform != "linux":
        return
    setting = getattr(ctypes.CDLL(None), "mallopt", None)
    if setting:
        for name, value in SETTINGS.items():
            setting(name, value)
