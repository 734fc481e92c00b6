"""List and identify the cameras of Linux, and the processes that use them, which OpenCV cannot."""

import errno
import os
import struct
from dataclasses import dataclass
from pathlib import Path

SYSFS = Path("/sys/class/video4linux")
DEV = Path("/dev")
_QUERYCAP = 0x80685600  # VIDIOC_QUERYCAP: _IOR('V', 0, struct v4l2_capability), 104 bytes
_GET_FORMAT = 0xC0D05604  # VIDIOC_G_FMT and VIDIOC_S_FMT: _IOWR('V', 4 and 5, struct v4l2_format), 208 bytes
_SET_FORMAT = 0xC0D05605
_CAPTURES = 0x1 | 0x1000  # V4L2_CAP_VIDEO_CAPTURE, and its multi-planar kind


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera of this machine.

    Attributes:
        index: its number, the shortest name for `neteyes run`; after unplugging, another camera may get it.
        device: "/dev/video0" on Linux, else the index again.
        name: the camera's own name.
        part: the number of this node in its hardware; 0 gives the picture, others metadata.
        port: its USB or PCI port in sysfs; None for a virtual camera.
        serial: the USB device's number; some makers give all cameras the same one; None without one.
    """

    index: int
    device: str
    name: str
    part: int = 0
    port: str | None = None
    serial: str | None = None


def v4l2_nodes(sysfs: Path = SYSFS, dev: Path = DEV) -> list[Camera]:
    """List every video node by number, from sysfs alone: no driver is asked, so none can hang."""
    nodes = []
    for node in sysfs.glob("video*"):
        number = node.name.removeprefix("video")
        if not number.isdecimal():
            continue
        index, link = _text(node / "index") or "", node / "device"
        port = os.path.realpath(link) if link.exists() else None
        nodes.append(
            Camera(
                int(number),
                str(dev / node.name),
                _text(node / "name") or node.name,
                part=int(index) if index.isdecimal() else 0,
                port=port,
                serial=_text(Path(port).parent / "serial") if port else None,
            )
        )
    return sorted(nodes, key=lambda camera: camera.index)


def v4l2_cameras(sysfs: Path = SYSFS, dev: Path = DEV) -> list[Camera]:
    """List the capture devices by number, without their metadata nodes."""
    return [camera for camera in v4l2_nodes(sysfs, dev) if _captures(camera)]


def _text(file: Path) -> str | None:
    """Read a line of sysfs; None if it is empty, or its device has just gone."""
    try:
        return file.read_text(errors="replace").strip() or None
    except OSError:
        return None


def _captures(camera: Camera) -> bool:
    """Ask the driver whether it captures video; if it cannot be opened, only a first node counts."""
    import fcntl

    reply = bytearray(104)
    try:
        handle = os.open(camera.device, os.O_RDWR | os.O_NONBLOCK)
    except OSError:
        return camera.part == 0
    try:
        fcntl.ioctl(handle, _QUERYCAP, reply)
    except OSError:
        return False
    finally:
        os.close(handle)
    return bool(struct.unpack_from("I", reply, 88)[0] & _CAPTURES)  # device_caps


def is_busy(device: str) -> bool:
    """Return whether another process streams from the device: then even its own format cannot be set."""
    import fcntl

    shape = bytearray(208)
    struct.pack_into("I", shape, 0, 1)  # V4L2_BUF_TYPE_VIDEO_CAPTURE
    try:
        handle = os.open(device, os.O_RDWR | os.O_NONBLOCK)
        try:
            fcntl.ioctl(handle, _GET_FORMAT, shape)
            fcntl.ioctl(handle, _SET_FORMAT, shape)
        finally:
            os.close(handle)
    except OSError as error:
        return error.errno == errno.EBUSY
    return False


def holders(device: str, proc: Path = Path("/proc")) -> list[str]:
    """Name the other processes that have the device open, as "name (pid)"; those of other users need root."""
    real, found = os.path.realpath(device), []
    for process in proc.glob("[0-9]*"):
        if int(process.name) == os.getpid():
            continue
        try:
            if any(os.readlink(handle) == real for handle in (process / "fd").iterdir()):
                found.append(f"{(process / 'comm').read_text().strip()} ({process.name})")
        except OSError:
            continue  # the process ended meanwhile, or belongs to another user
    return sorted(found)
