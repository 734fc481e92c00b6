"""OpenCV as a driver: a stand-in answers for the camera, since no real one is at hand."""

import errno
import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from stream.cameras import opencv, v4l2
from stream.cameras.driver import Damaged, Refused, kind_of
from stream.cameras.opencv import OpenCvDriver
from stream.scenes import mark

pytestmark = pytest.mark.alone


def open_error(device: Path) -> Exception:
    camera = OpenCvDriver()
    with pytest.raises((Refused, OSError)) as caught:
        camera.open(str(device), None, None, None)
    camera.close()
    return caught.value


def test_a_clip_in_a_cameras_place_is_read_frame_by_frame(
    tmp_path: Path, make_clip: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opencv, "_LINUX", False)  # where OpenCV opens cameras and clips through the same door
    camera = OpenCvDriver()
    assert camera.open(str(make_clip(tmp_path / "a.mp4")), None, None, None) == pytest.approx(25)
    shots = [camera.grab() for _ in range(40)]
    assert [mark.read(shot.image) for shot in shots if shot] == list(range(40))
    assert camera.grab() is None
    camera.close()


class JpegCamera:
    """A capture that hands out JPEGs when it is asked not to convert them, as V4L2's does."""

    def __init__(self, *_: object) -> None:
        self.asked = {cv2.CAP_PROP_CONVERT_RGB: 1.0}
        self.cut = [0, 0, 300]

    def isOpened(self) -> bool:
        return True

    def set(self, key: int, value: float) -> bool:
        self.asked[key] = value
        return True

    def get(self, key: int) -> float:
        return self.asked.get(key, 0.0)

    def read(self) -> tuple[bool, np.ndarray]:
        assert self.asked[cv2.CAP_PROP_CONVERT_RGB] == 0
        noise = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
        data = cv2.imencode(".jpg", noise)[1].reshape(1, -1)
        return True, data[:, : data.size - self.cut.pop(0)]

    def release(self) -> None:
        pass


def test_jpegs_are_taken_undecoded_and_truncated_ones_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = tmp_path / "video0"
    device.touch()
    monkeypatch.setattr(cv2, "VideoCapture", JpegCamera)
    camera = OpenCvDriver()
    assert camera.open(str(device), 64, 48, 30) == 30
    for _ in range(2):
        shot = camera.grab()
        assert shot is not None
        assert shot.image.shape == (48, 64, 3)
        assert 1000 < shot.came < shot.image.nbytes
    with pytest.raises(Damaged):
        camera.grab()
    camera.close()


def test_what_is_no_camera_is_refused(tmp_path: Path) -> None:
    (tmp_path / "video0").write_bytes(b"not a device")
    assert kind_of(open_error(tmp_path / "video0")) == "no video"
    assert kind_of(open_error(tmp_path / "video1")) == "not found"


@pytest.mark.parametrize(
    ("code", "kind"), [(errno.EBUSY, "busy"), (errno.EACCES, "denied"), (errno.ENODEV, "unplugged")]
)
def test_a_camera_that_may_not_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, kind: str
) -> None:
    def answer(place: str, *_: int) -> int:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "open", answer)
    assert kind_of(open_error(tmp_path / "video0")) == kind


def test_a_camera_that_opens_but_streams_to_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "video0").touch()
    ioctl = fcntl.ioctl

    def answer(handle: int, request: int, *rest: object) -> object:
        if request == v4l2._SET_FORMAT:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        return None if request == v4l2._GET_FORMAT else ioctl(handle, request, *rest)

    monkeypatch.setattr(fcntl, "ioctl", answer)
    assert kind_of(open_error(tmp_path / "video0")) == "busy"
