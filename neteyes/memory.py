"""Set up glibc's memory allocator so that a run of months needs no more memory than after minutes."""

from __future__ import annotations

import ctypes
import os
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""Parameters of mallopt, from glibc's malloc.h."""

SETTINGS = {_MMAP_THRESHOLD: 2 << 20, _TRIM_THRESHOLD: 64 << 20, _ARENA_MAX: 2}
"""Blocks of 2 MiB or more are rare (a scene at its opening, an encoder), and go back to the system when they
are freed. Those that every frame needs are smaller, and are kept for the next frame. By default, glibc raises
this threshold to the size of the largest block ever freed, and gives nearly every thread an arena of its own:
large and small blocks are then mixed in all arenas, and fragment them."""


def keep_small() -> None:
    """Apply `SETTINGS` to glibc; call it before any thread starts.

    With another C library, or if the environment sets the allocator up, nothing is done.
    """
    is_set = any(name.startswith(("MALLOC_", "GLIBC_TUNABLES")) for name in os.environ)
    if is_set or sys.platform != "linux":
        return
    setting = getattr(ctypes.CDLL(None), "mallopt", None)
    if setting:
        for name, value in SETTINGS.items():
            setting(name, value)
