"""Through the device seam: no test here has seen a real virtual camera."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engines.errors import SinkError, UsageError
from stream.fit import Size
from stream.frame import Frame, Image
from stream.sinks import open_sink
from stream.sinks.virtual_camera import VirtualCameraSink, check_device

MakeFrame = Callable[..., Frame]


class FakeOutputDevice:
    """Takes pictures of one size, as pyvirtualcam does, and can be unplugged."""

    def __init__(self, path: str, size: Size, rate: float) -> None:
        self.opened = (path, size, rate)
        self.shown: list[Image] = []
        self.closings = 0
        self.gone = False

    def send(self, image: Image) -> None:
        if self.gone:
            raise RuntimeError("No such device")
        assert image.shape == (*self.opened[1], 3)
        assert image.dtype == np.uint8
        self.shown.append(image)

    def close(self) -> None:
        self.closings += 1


@pytest.fixture
def devices() -> list[FakeOutputDevice]:
    return []


@pytest.fixture
def sink(devices: list[FakeOutputDevice]) -> VirtualCameraSink:
    def opener(path: str, size: Size, rate: float) -> FakeOutputDevice:
        devices.append(FakeOutputDevice(path, size, rate))
        return devices[-1]

    return VirtualCameraSink("/dev/video10", rate=25, opener=opener)


def test_the_camera_shows_each_view_in_its_own_colours(sink, devices, make_frame: MakeFrame) -> None:
    view = np.zeros((64, 96, 3), np.uint8)
    view[..., 2] = 200
    sink.write(make_frame(0, view=view))
    sink.close()
    [device] = devices
    assert device.opened == ("/dev/video10", (64, 96), 25)
    assert (device.shown[0] == view).all()
    assert device.closings == 1


def test_the_camera_keeps_its_size(sink, devices, make_frame: MakeFrame) -> None:
    sink.write(make_frame(0, view=np.full((101, 200, 3), 200, np.uint8)))
    sink.write(make_frame(1, view=np.full((50, 50, 3), 200, np.uint8)))
    [device] = devices
    assert [image.shape for image in device.shown] == [(102, 200, 3)] * 2
    assert device.shown[1][:, :40].max() == 0


def test_nothing_is_opened_without_a_frame(sink, devices) -> None:
    sink.close()
    assert devices == []


def test_a_camera_that_is_gone_is_named(sink, devices, make_frame: MakeFrame) -> None:
    sink.write(make_frame(0))
    devices[0].gone = True
    with pytest.raises(
        SinkError, match=r"/dev/video10: No such device.*modprobe v4l2loopback .*video_nr=10$"
    ):
        sink.write(make_frame(1))


def test_what_pyvirtualcam_says_is_passed_on(tmp_path: Path, make_frame: MakeFrame) -> None:
    pytest.importorskip("pyvirtualcam")
    sink = VirtualCameraSink(str(tmp_path / "video10"))
    with pytest.raises(SinkError, match="does not exist"):
        sink.write(make_frame(0))


def test_a_missing_package_is_named_with_the_way_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)
    monkeypatch.setattr("stream.sinks.virtual_camera.find_spec", lambda name: None)
    with pytest.raises(SinkError, match=r"pip install 'neteyes\[camera\]'.*modprobe v4l2loopback"):
        open_sink("/dev/video10")


def test_a_package_that_does_not_load_is_told_from_a_missing_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_frame: MakeFrame
) -> None:
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)
    monkeypatch.setattr("stream.sinks.virtual_camera.find_spec", lambda name: object())
    with pytest.raises(SinkError, match="pyvirtualcam does not load"):
        open_sink("/dev/video10")
    with pytest.raises(SinkError, match="pyvirtualcam does not load"):
        VirtualCameraSink(str(tmp_path / "video10")).write(make_frame(0))


@pytest.mark.parametrize("uri", ["/dev/video97", "v4l2:///dev/video97"])
def test_an_absent_device_is_named_at_once(uri: str) -> None:
    pytest.importorskip("pyvirtualcam")
    with pytest.raises(SinkError, match="There is no camera /dev/video97"):
        open_sink(uri)


def test_a_device_that_is_there_is_let_through(tmp_path: Path) -> None:
    pytest.importorskip("pyvirtualcam")
    (tmp_path / "video10").touch()
    check_device(str(tmp_path / "video10"))


def test_a_bare_number_is_not_taken_for_an_output() -> None:
    with pytest.raises(UsageError, match="v4l2:///dev/video3"):
        open_sink("3")
