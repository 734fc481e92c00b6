import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from engines.errors import SourceError
from stream.frame import Frame, HasSize, Image
from stream.sources import open_source


def paint(path: Path, level: int, size: tuple[int, int] = (24, 16)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.full((size[1], size[0], 3), level, np.uint8))
    return path


def watch(path: Path | str, **options: object) -> Iterator[Frame]:
    source = open_source(str(path), **{"pace": False, **options})
    assert not source.live
    try:
        yield from source.frames(threading.Event())
    finally:
        source.close()


def level(image: Image) -> int:
    return round(float(image.mean()))


@pytest.fixture
def album(tmp_path: Path) -> Path:
    for number in (10, 2, 1):
        paint(tmp_path / "album" / f"shot{number}.png", number * 10, (24 + number, 16))
    (tmp_path / "album" / "notes.txt").write_text("no picture")
    return tmp_path / "album"


def test_a_folder_comes_in_the_order_a_person_counts(album: Path) -> None:
    frames = list(watch(album))
    assert [level(frame.image) for frame in frames] == [10, 20, 100]
    assert [frame.image.shape for frame in frames] == [(16, 25, 3), (16, 26, 3), (16, 34, 3)]
    assert [frame.pts for frame in frames] == [0.0, 0.5, 1.0]
    assert open_source(str(album)).frame_count == 3


def test_a_glob_and_a_single_picture(album: Path) -> None:
    assert [level(frame.image) for frame in watch(album / "shot1*.png")] == [10, 100]
    assert [level(frame.image) for frame in watch(album / "shot2.png")] == [20]
    assert [level(frame.image) for frame in watch(f"file://{album}/shot2.png")] == [20]


def test_a_name_with_the_letters_of_a_glob_is_that_picture(tmp_path: Path) -> None:
    paint(tmp_path / "a.png", 10)
    paint(tmp_path / "[a].png", 20)
    assert [level(frame.image) for frame in watch(tmp_path / "[a].png")] == [20]


def test_the_rate_sets_the_times_and_a_loop_goes_on(album: Path) -> None:
    frames = list(islice(watch(album, rate=10.0, loop=True), 7))
    assert [frame.index for frame in frames] == list(range(7))
    assert [frame.pts for frame in frames] == pytest.approx([index / 10 for index in range(7)])
    assert level(frames[6].image) == level(frames[0].image)


def test_paced_pictures_are_never_early(album: Path) -> None:
    frames = list(watch(album, rate=20.0, pace=True))
    assert all(frame.captured_at - frames[0].captured_at >= frame.pts - 1e-3 for frame in frames)


def test_stop_ends_the_wait_for_the_next_picture(album: Path) -> None:
    source, stop = open_source(str(album), rate=0.001), threading.Event()
    frames = source.frames(stop)
    next(frames)
    threading.Timer(0.1, stop.set).start()
    assert list(frames) == []
    source.close()


def test_every_picture_is_eight_bit_colour_and_upright(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "1.png"), np.full((4, 6), 40000, np.uint16))
    cv2.imwrite(str(tmp_path / "2.png"), np.full((4, 6, 4), 100, np.uint8))
    lying = cv2.imencode(".jpg", np.full((16, 24, 3), 50, np.uint8))[1].tobytes()
    # EXIF orientation 6, as phones write it: rotate a quarter clockwise to show it.
    tag = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    exif = b"Exif\0\0" + tag
    (tmp_path / "3.jpg").write_bytes(
        lying[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + lying[2:]
    )
    frames = list(watch(tmp_path))
    assert [frame.image.shape for frame in frames] == [(4, 6, 3), (4, 6, 3), (24, 16, 3)]
    assert all(frame.image.dtype == np.uint8 for frame in frames)


@pytest.mark.parametrize("data", [None, b"", b"hello" * 50])
def test_one_broken_picture_of_a_folder_is_named_counted_and_left_out(
    album: Path, caplog: pytest.LogCaptureFixture, data: bytes | None
) -> None:
    torn = album / "shot2.png"
    torn.write_bytes(torn.read_bytes()[:60] if data is None else data)
    source = open_source(str(album), pace=False)
    frames = list(source.frames(threading.Event()))
    assert [(frame.index, frame.pts, level(frame.image)) for frame in frames] == [(0, 0.0, 10), (2, 1.0, 100)]
    assert source.damaged == 1
    [said] = [record.getMessage() for record in caplog.records]
    assert "shot2.png" in said and "It is left out." in said


def test_a_loop_names_a_broken_picture_once(album: Path, caplog: pytest.LogCaptureFixture) -> None:
    (album / "shot2.png").write_bytes(b"")
    source = open_source(str(album), pace=False, loop=True)
    frames = list(islice(source.frames(threading.Event()), 6))
    assert [frame.index for frame in frames] == [0, 2, 3, 5, 6, 8]
    assert (source.damaged, len(caplog.records)) == (1, 1)


@pytest.mark.parametrize("loop", [False, True])
def test_a_folder_of_which_nothing_can_be_read_is_an_error(album: Path, loop: bool) -> None:
    for path in album.glob("*.png"):
        path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(SourceError, match=r"None of the 3 pictures of .*album can be read"):
        list(watch(album, loop=loop))


def test_a_single_picture_that_is_torn_is_an_error(album: Path) -> None:
    torn = album / "shot2.png"
    torn.write_bytes(torn.read_bytes()[:60])
    with pytest.raises(SourceError, match=r"shot2\.png cannot be read"):
        list(watch(torn))


def test_missing_pictures_are_reported_when_opened(album: Path, tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    for path, message in (
        (tmp_path / "bare", "no pictures in the folder"),
        (album / "*.jpg", "No picture matches"),
        (album / "shot3.png", r"no picture .*\. Did you mean .*shot\d+\.png\?"),
        (paint(tmp_path / "a.png", 1).parent / "none" / "a.png", "no folder"),
    ):
        with pytest.raises(SourceError, match=message):
            open_source(str(path))


@pytest.mark.parametrize(("data", "message"), [(b"", "is empty"), (b"hello" * 50, "is not a picture")])
@pytest.mark.parametrize("name", ["album/shot7.jpg", "album/*.jpg"])
def test_files_of_which_none_is_a_picture_are_named_when_opened(
    album: Path, tmp_path: Path, data: bytes, message: str, name: str
) -> None:
    (album / "shot7.jpg").write_bytes(data)
    with pytest.raises(SourceError, match=rf"shot7\.jpg {message}"):
        open_source(f"{tmp_path}/{name}")


def test_the_size_of_the_first_picture_is_known_before_it_is_given(tmp_path: Path) -> None:
    for name, shape in (("1.png", (120, 200, 3)), ("2.jpg", (300, 100, 3))):
        cv2.imwrite(str(tmp_path / name), np.zeros(shape, np.uint8))
    source = open_source(str(tmp_path), pace=False)
    assert isinstance(source, HasSize) and source.size is not None
    height, width = source.size
    assert abs(height - 120) <= 8 and abs(width - 200) <= 8
