from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from engines.errors import SinkError, UsageError
from stream.frame import Frame, Image, Notice
from stream.sinks.pictures import PicturesSink, StillSink

MakeFrame = Callable[..., Frame]


@pytest.mark.parametrize(("pattern", "tolerance"), [("%06d.png", 0), ("shot-%d.jpg", 12)])
def test_each_frame_is_a_picture_of_its_own_number(
    tmp_path: Path, make_frame: MakeFrame, noise: Callable[[int], Image], pattern: str, tolerance: int
) -> None:
    sink = PicturesSink(tmp_path / pattern)
    for index in (0, 1, 5):
        sink.write(make_frame(index, view=noise(index)))
    sink.close()

    assert sorted(path.name for path in tmp_path.iterdir()) == [pattern % index for index in (0, 1, 5)]
    for index in (0, 1, 5):
        image = cv2.imread(str(tmp_path / (pattern % index)))
        assert np.abs(image.astype(int) - noise(index)).mean() <= tolerance


def test_the_folder_is_made_where_only_it_is_missing(tmp_path: Path, make_frame: MakeFrame) -> None:
    PicturesSink(tmp_path / "new" / "%d.png").write(make_frame(3))
    assert (tmp_path / "new" / "3.png").exists()


def test_pictures_of_an_earlier_run_are_kept(tmp_path: Path, make_frame: MakeFrame) -> None:
    (tmp_path / "000004.png").write_text("precious")
    with pytest.raises(SinkError, match="--overwrite"):
        PicturesSink(tmp_path / "%06d.png")
    PicturesSink(tmp_path / "%06d.png", overwrite=True).write(make_frame(0))
    assert (tmp_path / "000004.png").read_text() == "precious", "only what is written again is replaced"


def test_other_files_in_the_folder_do_not_matter(tmp_path: Path, make_frame: MakeFrame) -> None:
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / "cover.png").write_text("")
    PicturesSink(tmp_path / "%06d.png").write(make_frame(0))


@pytest.mark.parametrize("name", ["%d-%d.png", "%s.png", "100%.png", "%x%d.png"])
def test_a_pattern_needs_exactly_one_number(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="exactly one number"):
        PicturesSink(tmp_path / name)


def test_a_still_is_the_last_frame(
    tmp_path: Path, make_frame: MakeFrame, noise: Callable[[int], Image]
) -> None:
    sink = StillSink(tmp_path / "still.png")
    for index in range(3):
        sink.write(make_frame(index, view=noise(index)))
    sink.close()
    assert (cv2.imread(str(tmp_path / "still.png")) == noise(2)).all()


def test_a_still_of_a_live_source_is_written_again_every_second_and_whole_at_any_time(
    tmp_path: Path, make_frame: MakeFrame, noise: Callable[[int], Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, now = tmp_path / "still.png", [100.0]
    monkeypatch.setattr("stream.sinks.pictures.time.monotonic", lambda: now[0])
    sink = StillSink(path, every=1.0)
    shown = set()
    for index in range(12):
        sink.write(make_frame(index, view=noise(index)))
        with path.open("rb") as reader:
            now[0] += 0.25
            sink.write(make_frame(index, view=noise(index)))  # a reader in the middle of the file
            picture = cv2.imdecode(np.frombuffer(reader.read(), np.uint8), cv2.IMREAD_COLOR)
        shown.add(next(number for number in range(12) if (picture == noise(number)).all()))
    assert shown == {0, 3, 7}
    sink.close()
    assert (cv2.imread(str(path)) == noise(11)).all()
    assert [entry.name for entry in tmp_path.iterdir()] == ["still.png"]


def test_notices_are_no_pictures(tmp_path: Path, make_frame: MakeFrame) -> None:
    pictures, still = PicturesSink(tmp_path / "%d.png"), StillSink(tmp_path / "still.png")
    for sink in (pictures, still):
        sink.write(make_frame(4, view=40))
        sink.write(replace(make_frame(4, view=200), notice=Notice("No signal")))
        sink.close()
    assert cv2.imread(str(tmp_path / "4.png")).max() == 40
    assert cv2.imread(str(tmp_path / "still.png")).max() == 40


def test_no_frame_no_still(tmp_path: Path) -> None:
    StillSink(tmp_path / "still.png").close()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_whole_pictures_only(
    small_disk: Path, make_frame: MakeFrame, noise: Callable[[int], Image]
) -> None:
    sink = PicturesSink(small_disk / "%d.jpg")
    written = 0
    with pytest.raises(SinkError, match="No space left") as caught:
        for written in range(500):
            sink.write(make_frame(written, view=noise(written)))
    sink.close()

    assert f"The {written} pictures before it are safe" in str(caught.value)
    pictures = [cv2.imread(str(path)) for path in small_disk.iterdir()]
    assert len(pictures) == written
    assert all(picture is not None and picture.shape == (256, 256, 3) for picture in pictures)


def test_a_link_that_somebody_planted_leads_nowhere(tmp_path: Path, make_frame: MakeFrame) -> None:
    victim, folder = tmp_path / "victim", tmp_path / "out"
    victim.write_text("precious")
    folder.mkdir()
    (folder / ".000000.png.part").symlink_to(victim)
    sink = PicturesSink(folder / "%06d.png")
    sink.write(make_frame(0))
    sink.close()
    assert victim.read_text() == "precious"
    [picture] = folder.iterdir()
    assert not picture.is_symlink()
    assert cv2.imread(str(picture)) is not None


def test_a_name_too_long_for_the_part_of_a_picture_is_refused_at_the_start(tmp_path):
    StillSink(tmp_path / f"{'x' * 245}.png")
    with pytest.raises(SinkError, match=r"too long.*Shorten it"):
        StillSink(tmp_path / f"{'x' * 246}.png")
    PicturesSink(tmp_path / f"{'x' * 236}%06d.png")
    with pytest.raises(SinkError, match=r"too long.*Shorten it"):
        PicturesSink(tmp_path / "new" / f"{'x' * 237}%06d.png")
    assert not (tmp_path / "new").exists()
