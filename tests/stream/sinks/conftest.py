"""Frames to write, and servers to publish to."""

import os
import shutil
import signal
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import av
import numpy as np
import pytest

from stream.frame import Frame, Image
from stream.scenes import mark

RECEIVER = Path(__file__).parents[2] / "fixtures" / "rtsp_sink.py"
SYSTEM_PYTHON = "/usr/bin/python3"
PROBE = (
    "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import Gst, GstRtspServer; "
    "Gst.init(None); assert all(map(Gst.ElementFactory.find, ('appsink', 'rtph264depay', 'rtpbin')))"
)
RECEIVED = struct.Struct(">ddI")


@pytest.fixture
def make_frame() -> Callable[..., Frame]:
    """Make a frame whose view is one grey, or the picture given."""

    def make(index: int, pts: float | None = None, view: Image | int = 128) -> Frame:
        if isinstance(view, int):
            view = np.full((64, 96, 3), view, np.uint8)
        return Frame(index, 0.0, index / 30 if pts is None else pts, view, view=view)

    return make


@pytest.fixture
def marked_frame() -> Callable[[int], Frame]:
    """Make a frame whose view carries its index as a mark, captured now."""

    def make(index: int) -> Frame:
        view = np.full((96, 192, 3), 90, np.uint8)
        mark.draw(view, index)
        return Frame(index, time.monotonic(), index / 30, view, view=view)

    return make


@pytest.fixture
def noise() -> Callable[[int], Image]:
    """Make pictures that compress badly."""

    def make(seed: int) -> Image:
        blocks = np.random.default_rng(seed).integers(0, 256, (32, 32, 3), dtype=np.uint8)
        return np.kron(blocks, np.ones((8, 8, 1), np.uint8))

    return make


@pytest.fixture
def read_only_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of its own that nothing can be written to."""
    folder = tmp_path / "read-only"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a read-only tmpfs cannot be mounted here; root can")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


class Receiver:
    """A running RTSP server that is published to; it decodes each packet at once.

    Attributes:
        port: kept when it is started again.
        seen: (mark, monotonic time of arrival) of each picture.
        sizes: (H, W) of each picture.
        keys: pts of each key frame, in seconds.
    """

    def __init__(self, arguments: list[str]) -> None:
        self._arguments = arguments
        self.port = 0
        self.seen: list[tuple[int | None, float]] = []
        self.sizes: list[tuple[int, int]] = []
        self.keys: list[float] = []
        self._changed = threading.Condition()
        self.start()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}/live"

    def start(self) -> None:
        """Start it, again on the port it had."""
        self._process = subprocess.Popen(
            [SYSTEM_PYTHON, str(RECEIVER), "--port", str(self.port), *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout
        word, _, port = self._process.stdout.readline().decode().partition(" ")
        assert word == "ready", "the RTSP server did not start"
        self.port = int(port)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def kill(self) -> None:
        """Let it die as a power cut would."""
        self._process.kill()
        self._process.wait()
        self._thread.join()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(BrokenPipeError):
                pipe.close()

    def freeze(self) -> None:
        """Let it stop reading, its connections open."""
        os.kill(self._process.pid, signal.SIGSTOP)

    def wait_for(self, count: int) -> None:
        """Wait until so many pictures have been seen."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.seen) >= count, 20), f"{len(self.seen)} came"

    def _read(self) -> None:
        decoder = av.CodecContext.create("h264", "r")
        stdout = self._process.stdout
        while len(head := stdout.read(RECEIVED.size)) == RECEIVED.size:
            pts, arrived, size = RECEIVED.unpack(head)
            packet = av.Packet(stdout.read(size))
            with suppress(av.FFmpegError):  # one that was cut in two
                for picture in decoder.decode(packet):
                    image = picture.to_ndarray(format="bgr24")
                    with self._changed:
                        self.seen.append((mark.read(image), arrived))
                        self.sizes.append(image.shape[:2])
                        self.keys += [pts] * picture.key_frame
                        self._changed.notify_all()


@pytest.fixture
def receive() -> Iterator[Callable[..., Receiver]]:
    """`receive(user=…, password=…, digest=…, certificate=…)` starts a server that takes a stream at /live."""
    probe = [SYSTEM_PYTHON, "-c", PROBE]
    if not Path(SYSTEM_PYTHON).exists() or subprocess.run(probe, capture_output=True, check=False).returncode:
        packages = "python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good"
        pytest.skip(
            f"GStreamer's RTSP server with appsink and rtph264depay is missing: apt install {packages}"
        )
    with ExitStack() as stack:

        def start(
            *,
            user: str | None = None,
            password: str = "",
            digest: bool = False,
            certificate: Path | None = None,
        ) -> Receiver:
            asked = [] if user is None else ["--user", user, "--password", password, *["--digest"] * digest]
            receiver = Receiver([*asked, *(["--certificate", str(certificate)] if certificate else [])])
            stack.callback(receiver.kill)
            return receiver

        yield start
