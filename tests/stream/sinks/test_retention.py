import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from stream.quantities import Keep
from stream.sinks.retention import Retention

DAY = 86_400.0


class Clock:
    """The wall clock of shelves, set to anything."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stamp = "20260102-030405"
        monkeypatch.setattr("stream.sinks.retention.time.strftime", lambda form: self.stamp)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def put(folder: Path, name: str, *, size: int = 10, age: float = 0.0) -> Path:
    path = folder / name
    path.write_bytes(bytes(size))
    os.utime(path, (time.time() - age, time.time() - age))
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_segment_is_called_by_the_time_it_begins(tmp_path: Path) -> None:
    before = time.strftime("out-%Y%m%d-%H%M%S.mp4")
    path = Retention(tmp_path / "out.mp4").next_path()
    assert path.parent == tmp_path
    assert before <= path.name <= time.strftime("out-%Y%m%d-%H%M%S.mp4")


def test_names_sort_in_the_order_of_making_whatever_the_clock_does(tmp_path: Path, clock: Clock) -> None:
    made = []
    for stamp in (
        "20260102-030405",
        "20260102-030405",
        "20260102-040405",
        "20260102-030406",  # an hour back
        "20260102-030407",
        "20260102-040406",
    ):
        clock.stamp = stamp
        made.append(put(tmp_path, Retention(tmp_path / "out.mp4").next_path().name).name)
    assert made == sorted(made)
    assert len(set(made)) == len(made), "nothing is overwritten"
    assert made[:3] == ["out-20260102-030405.mp4", "out-20260102-030405_0002.mp4", "out-20260102-040405.mp4"]
    assert made[-1] == "out-20260102-040406.mp4", "once the clock is past the last name it is used again"


def test_a_name_that_was_deleted_meanwhile_is_not_given_again(tmp_path: Path, clock: Clock) -> None:
    retention = Retention(tmp_path / "out.mp4")
    assert retention.next_path() != retention.next_path()


def test_nothing_is_deleted_unasked(tmp_path: Path) -> None:
    put(tmp_path, "out-20200101-000000.mp4", age=9 * DAY)
    Retention(tmp_path / "out.mp4").tidy()
    assert names(tmp_path) == ["out-20200101-000000.mp4"]


def test_segments_that_are_too_old_go(tmp_path: Path) -> None:
    put(tmp_path, "out-20200101-000000.mp4", age=9 * DAY)
    put(tmp_path, "out-20200101-000000_0002.mp4", age=8 * DAY)
    put(tmp_path, "out-20200103-000000.mp4", age=6 * DAY)
    Retention(tmp_path / "out.mp4", Keep(seconds=7 * DAY)).tidy()
    assert names(tmp_path) == ["out-20200103-000000.mp4"]


def test_the_oldest_go_until_the_rest_fits(tmp_path: Path) -> None:
    for day in range(1, 6):
        put(tmp_path, f"out-2020010{day}-000000.mp4", size=100)
    writing = put(tmp_path, "out-20200106-000000.mp4", size=150)
    Retention(tmp_path / "out.mp4", Keep(bytes=400)).tidy(writing)
    assert names(tmp_path) == [f"out-2020010{day}-000000.mp4" for day in (4, 5, 6)]


def test_the_segment_that_is_written_is_never_deleted(tmp_path: Path) -> None:
    writing = put(tmp_path, "out-20200101-000000.mp4", size=5000, age=9 * DAY)
    Retention(tmp_path / "out.mp4", Keep(seconds=1, bytes=100)).tidy(writing)
    assert writing.exists()


@pytest.mark.parametrize(
    "name",
    [
        "out.mp4",
        "out-20200101-000000.mkv",
        "out-20200101-000000.mp4.bak",
        "out-20200101.mp4",
        "my-out-20200101-000000.mp4",
        "out-20200101-000000-0002.mp4",
        "out-2020010a-000000.mp4",
        "OUT-20200101-000000.mp4",
    ],
)
def test_files_of_other_names_are_never_deleted(tmp_path: Path, name: str) -> None:
    put(tmp_path, name, size=1000, age=99 * DAY)
    Retention(tmp_path / "out.mp4", Keep(seconds=1, bytes=1)).tidy()
    assert names(tmp_path) == [name]


def test_signs_in_a_name_stand_for_themselves(tmp_path: Path) -> None:
    put(tmp_path, "oxt-20200101-000000.mp4", age=9 * DAY)
    Retention(tmp_path / "o.t.mp4", Keep(seconds=1)).tidy()
    assert names(tmp_path) == ["oxt-20200101-000000.mp4"]


def test_links_and_folders_are_left_alone(tmp_path: Path) -> None:
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "folder"
    elsewhere.mkdir()
    folder.mkdir()
    precious = put(elsewhere, "out-20200101-000000.mp4", size=1000, age=99 * DAY)
    (folder / "out-20200101-000000.mp4").symlink_to(precious)
    (folder / "out-20200102-000000.mp4").mkdir()
    Retention(folder / "out.mp4", Keep(seconds=1, bytes=1)).tidy()
    assert precious.exists()
    assert len(names(folder)) == 2


def test_a_folder_that_became_a_link_is_left_alone(tmp_path: Path) -> None:
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "folder"
    elsewhere.mkdir()
    folder.mkdir()
    retention = Retention(folder / "out.mp4", Keep(seconds=1, bytes=1))
    precious = put(elsewhere, "out-20200101-000000.mp4", size=1000, age=99 * DAY)
    folder.rmdir()
    folder.symlink_to(elsewhere)
    retention.tidy()
    assert precious.exists()


def test_a_clock_that_jumps_ahead_makes_nothing_older(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    retention = Retention(tmp_path / "out.mp4", Keep(seconds=7 * DAY))
    put(tmp_path, "out-20200101-000000.mp4", age=DAY)
    retention.tidy()
    later = time.time() + 3650 * DAY
    monkeypatch.setattr("stream.sinks.retention.time.time", lambda: later)
    retention.tidy()
    assert names(tmp_path) == ["out-20200101-000000.mp4"]


def test_one_that_cannot_be_deleted_is_told_once_and_stops_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    held = put(tmp_path, "out-20200101-000000.mp4", size=300)
    mount = ["mount", "--bind", str(held), str(held)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a file cannot be mounted here, so that it cannot be deleted; root can")
    try:
        for day in range(2, 5):
            put(tmp_path, f"out-2020010{day}-000000.mp4", size=100)
        retention = Retention(tmp_path / "out.mp4", Keep(bytes=250))
        for _ in range(3):
            retention.tidy()
    finally:
        subprocess.run(["umount", str(held)], check=True)
    assert names(tmp_path) == [f"out-2020010{day}-000000.mp4" for day in (1, 3, 4)]
    [told] = [record.message for record in caplog.records if "Cannot" in record.message]
    assert told.startswith("Cannot delete 'out-20200101-000000.mp4', the oldest of")
