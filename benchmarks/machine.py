"""Describe the machine of a measurement, so that figures can be compared."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from stream.nets.cpu import cores


def machine() -> dict[str, str | int]:
    """Return the processor's name, the cores this process may use, and the versions that matter."""
    return {
        "processor": _processor(),
        "cores": cores(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "neteyes": _own_version(),
    }


def _own_version() -> str:
    try:
        return version("neteyes")
    except PackageNotFoundError:
        return "not installed"  # run from its folder


def in_words(where: Mapping[str, str | int]) -> str:
    """Return a `machine()` in words for a table or a plot: its processor and cores."""
    return f"{where['processor']}, {where['cores']} cores"


def rss_mib() -> float:
    """Return this process's resident memory in MiB."""
    return float(psutil.Process().memory_info().rss) / 2**20


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
