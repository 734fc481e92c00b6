import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from engines.errors import SourceError
from stream.sources import camera, open_source
from stream.sources.camera import Camera, CameraSource
from stream.sources.scenes import mark
from stream.sources.v4l2 import holders, is_busy, v4l2_cameras
from stream.uri import parse


def node(root: Path, number: int, name: str, index: int) -> None:
    folder = root / f"video{number}"
    folder.mkdir(parents=True)
    (folder / "name").write_text(f"{name}\n")
    (folder / "index").write_text(f"{index}\n")


def test_cameras_are_listed_by_number_without_their_metadata_nodes(tmp_path: Path) -> None:
    node(tmp_path, 10, "Cam Link 4K", 0)
    node(tmp_path, 2, "HD Pro Webcam C920", 0)
    node(tmp_path, 3, "HD Pro Webcam C920", 1)
    (tmp_path / "v4l-subdev0").mkdir()
    nothing = tmp_path / "dev"
    assert v4l2_cameras(tmp_path, nothing) == [
        Camera(2, str(nothing / "video2"), "HD Pro Webcam C920"),
        Camera(10, str(nothing / "video10"), "Cam Link 4K"),
    ]
    assert v4l2_cameras(tmp_path / "none", nothing) == []


def test_what_the_driver_denies_is_no_camera(tmp_path: Path) -> None:
    node(tmp_path / "sys", 0, "not really", 0)
    (tmp_path / "video0").touch()
    assert v4l2_cameras(tmp_path / "sys", tmp_path) == []


@pytest.fixture
def two_cameras(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Camera]:
    found = [
        Camera(0, str(tmp_path / "video0"), "HD Pro Webcam C920"),
        Camera(2, str(tmp_path / "video2"), "Cam Link"),
    ]
    for one in found:
        Path(one.device).touch()
    monkeypatch.setattr(camera, "list_cameras", lambda: found)
    return found


def test_an_absent_camera_is_answered_with_those_there_are(two_cameras: list[Camera]) -> None:
    for text in ("97", "/dev/video97", "v4l2:///dev/video97"):
        with pytest.raises(
            SourceError, match=r"no camera /dev/video97\. There are: .*'HD Pro Webcam C920', .*'Cam Link'"
        ):
            open_source(text)
    with pytest.raises(SourceError, match=r"No camera has 'logitech' in its name\. There are"):
        open_source("camera://logitech")


def test_where_there_is_no_camera_the_scene_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera, "list_cameras", list)
    with pytest.raises(SourceError, match=r"no camera.*scene://duel\."):
        open_source("97")


def test_a_part_of_its_name_opens_a_camera(two_cameras: list[Camera]) -> None:
    source = open_source("camera://c920", width=1280, height=720, rate=30)
    assert isinstance(source, CameraSource)
    assert source.live
    assert source.mirrored
    source.close()
    with pytest.raises(SourceError, match="Several cameras"):
        open_source("camera://c")


def test_a_device_that_is_no_camera(tmp_path: Path) -> None:
    device = tmp_path / "video0"
    device.write_bytes(b"not a device")
    source = CameraSource(parse(f"v4l2://{device}"))
    with pytest.raises(SourceError, match=r"video0 gives no frames"):
        next(source.frames(threading.Event()))
    source.close()
    assert not is_busy(str(device))


def test_who_holds_a_device_is_named(tmp_path: Path) -> None:
    device = tmp_path / "video0"
    device.touch()
    assert holders(str(device)) == []
    code = "import sys; file = open(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(device)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        (name,) = holders(str(device))
        assert name.endswith(f"({other.pid})")
        other.communicate("")


@pytest.fixture
def recorded(
    tmp_path: Path, make_clip: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[CameraSource, Path]]:
    """A camera whose driver is a clip: OpenCV reads both through the same door."""
    device = make_clip(tmp_path / "video0.mp4")
    monkeypatch.setattr(CameraSource, "_open", lambda self: cv2.VideoCapture(str(device)))
    source = CameraSource(parse(f"v4l2://{device}"), timeout=0.1)
    yield source, device
    source.close()


def test_a_camera_gives_its_frames_and_then_is_missed(recorded: tuple[CameraSource, Path]) -> None:
    source, _ = recorded
    frames = []
    with pytest.raises(SourceError, match="stopped giving frames after 40"):
        for frame in source.frames(threading.Event()):
            frames.append(frame)
    assert (
        [mark.read(frame.image) for frame in frames] == [frame.index for frame in frames] == list(range(40))
    )
    assert frames[0].pts == 0
    assert all(np.diff([frame.pts for frame in frames]) > 0)
    assert len({id(frame.image) for frame in frames}) == 40  # no frame is painted over by the next


def test_an_unplugged_camera_says_so(recorded: tuple[CameraSource, Path]) -> None:
    source, device = recorded
    frames = source.frames(threading.Event())
    assert len(list(islice(frames, 5))) == 5
    device.unlink()
    with pytest.raises(SourceError, match="unplugged after 40 frames"):
        list(frames)


def test_stop_ends_a_camera(recorded: tuple[CameraSource, Path]) -> None:
    source, _ = recorded
    stop = threading.Event()
    frames = source.frames(stop)
    next(frames)
    stop.set()
    assert list(frames) == []
