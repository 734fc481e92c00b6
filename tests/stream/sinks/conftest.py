"""Frames to write, a disk that fills up, and a display that nobody sees."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from stream.frame import Frame, Image


@pytest.fixture
def make_frame() -> Callable[..., Frame]:
    """Make a frame whose view is one grey, or the picture given."""

    def make(index: int, pts: float | None = None, view: Image | int = 128) -> Frame:
        if isinstance(view, int):
            view = np.full((64, 96, 3), view, np.uint8)
        return Frame(index, 0.0, index / 30 if pts is None else pts, view, view=view)

    return make


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of its own that holds 600 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small tmpfs cannot be mounted here; root can")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def noise() -> Callable[[int], Image]:
    """Make pictures that compress badly."""

    def make(seed: int) -> Image:
        blocks = np.random.default_rng(seed).integers(0, 256, (32, 32, 3), dtype=np.uint8)
        return np.kron(blocks, np.ones((8, 8, 1), np.uint8))

    return make


@pytest.fixture
def virtual_display(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """An X server in memory: its name, and the file that holds its screen in the XWD format."""
    if missing := [tool for tool in ("Xvfb", "xdotool") if shutil.which(tool) is None]:
        pytest.skip(f"{' and '.join(missing)} missing: apt install xvfb xdotool")
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x720x24", "-fbdir", str(tmp_path)],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as answer:
        name = answer.readline().strip()
    yield f":{name}", tmp_path / "Xvfb_screen0"
    server.terminate()
    server.wait()
