import subprocess
import sys
from pathlib import Path

from stream.cameras.v4l2 import Camera, holders, is_busy, v4l2_cameras, v4l2_nodes
from tests.fixtures.cameras import Sysfs


def test_cameras_are_listed_by_number_without_their_metadata_nodes(sysfs: Sysfs, tmp_path: Path) -> None:
    sysfs.add(10, "Cam Link 4K")
    sysfs.add(2, "HD Pro Webcam C920")
    sysfs.add(3, "HD Pro Webcam C920", part=1)
    (sysfs.root / "v4l-subdev0").mkdir()
    nothing = tmp_path / "dev"
    assert v4l2_cameras(sysfs.root, nothing) == [
        Camera(2, str(nothing / "video2"), "HD Pro Webcam C920"),
        Camera(10, str(nothing / "video10"), "Cam Link 4K"),
    ]
    assert v4l2_cameras(tmp_path / "none", nothing) == []


def test_where_a_camera_is_plugged_in_and_its_number_are_told(sysfs: Sysfs, tmp_path: Path) -> None:
    sysfs.add(0, "C920", "1-3", "ABC123")
    sysfs.add(1, "C920", "1-3", "ABC123", part=1)
    sysfs.add(2, "OBS Virtual Camera")
    first, second, virtual = v4l2_nodes(sysfs.root, tmp_path)
    assert first.port == second.port
    assert str(first.port).endswith("1-3/1-3:1.0")
    assert [(node.serial, node.part) for node in (first, second)] == [("ABC123", 0), ("ABC123", 1)]
    assert (virtual.port, virtual.serial) == (None, None)


def test_what_the_driver_denies_is_no_camera(sysfs: Sysfs, tmp_path: Path) -> None:
    sysfs.add(0, "not really")
    (tmp_path / "video0").touch()
    assert v4l2_cameras(sysfs.root, tmp_path) == []


def test_a_camera_that_goes_while_it_is_looked_at_is_no_error(sysfs: Sysfs, tmp_path: Path) -> None:
    (sysfs.root / "video7").symlink_to(tmp_path / "gone")
    assert [node.name for node in v4l2_nodes(sysfs.root, tmp_path)] == ["video7"]


def test_who_holds_a_device_is_named(tmp_path: Path) -> None:
    device = tmp_path / "video0"
    device.touch()
    assert holders(str(device)) == []
    assert not is_busy(str(device))
    code = "import sys; file = open(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(device)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        (name,) = holders(str(device))
        assert name.endswith(f"({other.pid})")
        other.communicate("")
