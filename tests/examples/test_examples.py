"""Each program in examples/ runs as a newcomer runs it: in a process and a folder of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


@pytest.fixture
def example(tmp_path: Path):
    """`example("record.py", …)` runs it without a display, and returns what it printed."""

    def run(name: str, *words: str) -> str:
        environment = {**os.environ, "DISPLAY": "", "PYTHONPATH": str(ROOT)}
        command = [sys.executable, str(EXAMPLES / name), *words]
        ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    return run


def test_the_mirror_shows_something(example, tmp_path) -> None:
    example("mirror.py", "scene://duel?seconds=1")
    view = cv2.imread(str(tmp_path / "mirror.png"))
    assert view is not None and view.std() > 10


def test_the_mirror_opens_a_window_where_there_is_a_display(tmp_path, virtual_display, wait_for) -> None:
    name, _ = virtual_display
    environment = {**os.environ, "DISPLAY": name, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, str(EXAMPLES / "mirror.py")], cwd=tmp_path, env=environment)
    try:
        search = ["xdotool", "search", "--name", "mirror"]
        wait_for(lambda: subprocess.run(search, env=environment, capture_output=True).stdout)
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()


def test_swaps_change_while_it_runs(example, tmp_path) -> None:
    said = example("swap_live.py", "scene://duel?seconds=3&rate=5")
    assert re.findall(r"(\d)\.\d+ s:", said) == ["1", "2"]
    first, second = (cv2.imread(str(tmp_path / f"swap-{turn}.jpg")) for turn in (0, 2))
    assert np.abs(first.astype(int) - second).mean() > 5


def test_people_are_counted(example) -> None:
    said = example("count_people.py", "scene://duel?seconds=1")
    assert float(re.search(r"person ([\d.]+)%", said)[1]) > 0


def test_a_folder_is_painted(example, tmp_path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    for shade in (60, 180):
        cv2.imwrite(str(photos / f"{shade}.png"), np.full((120, 200, 3), shade, np.uint8))
    example("paint_folder.py", "photos")
    assert sorted(path.name for path in (tmp_path / "paintings").iterdir()) == ["0000.png", "0001.png"]


def test_a_recording_tells_how_it_went(example, tmp_path) -> None:
    assert "within the limits" in example("record.py")
    with av.open(str(tmp_path / "out.mkv")) as clip:
        assert sum(1 for _ in clip.decode(video=0)) > 0


def test_frames_of_your_own(example, tmp_path) -> None:
    example("own_source.py")
    assert len(list(tmp_path.glob("own-*.png"))) == 10


def test_every_example_is_short_is_in_the_readme_and_is_run_here() -> None:
    readme, here = (ROOT / "README.md").read_text(), Path(__file__).read_text()
    for path in EXAMPLES.glob("*.py"):
        assert len(path.read_text().splitlines()) <= 40, path.name
        assert f"examples/{path.name}" in readme, path.name
        assert f'"{path.name}"' in here, path.name
