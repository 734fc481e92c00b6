"""Real things to test with: photos, clips whose frames can be told apart, an RTSP server on loopback."""

import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from stream.sources.scenes import mark

HERE = Path(__file__).parent
SYSTEM_PYTHON = "/usr/bin/python3"
PACKAGES = "python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good"
PROBE = (
    "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import Gst, GstRtspServer; "
    "Gst.init(None); assert all(map(Gst.ElementFactory.find, ('appsrc', 'rtph264pay', 'rtpbin')))"
)
HEAD = struct.Struct(">dd?I")
DRAWN = struct.Struct(">Qd")


@dataclass
class RtspServer:
    """A running server; `url` is what a viewer opens."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path | None = None

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/live"

    def drawn_at(self) -> dict[int, float]:
        """When each frame was drawn: index → `time.monotonic()` seconds, which all processes share."""
        assert self.log is not None
        data = self.log.read_bytes()
        return dict(DRAWN.iter_unpack(data[: len(data) // DRAWN.size * DRAWN.size]))

    def kill(self) -> None:
        """Let it die as a power cut would."""
        self.process.kill()
        self.process.wait()


class SilentServer:
    """Accepts and stays silent; `connected` is set at the first connection."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._taken: list[socket.socket] = []
        self.url = f"rtsp://127.0.0.1:{self._socket.getsockname()[1]}/x"
        self.connected = threading.Event()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        with suppress(OSError):  # it may be closed already
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()
        for taken in self._taken:
            taken.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                self._taken.append(self._socket.accept()[0])
                self.connected.set()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real photos and clips, which are not part of the repository."""
    folder = HERE.parents[1] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the photos and clips of ../shared/data are not here")
    return folder


@pytest.fixture(scope="session")
def shared_parity() -> Path:
    """The recorded answers of the published nets, which are not part of the repository."""
    folder = HERE.parents[1] / "shared" / "parity"
    if not folder.is_dir():
        pytest.skip("the recorded answers of ../shared/parity are not here")
    return folder


@pytest.fixture(scope="session")
def rtsp_available() -> None:
    """Skip by name where GStreamer's RTSP server is not installed."""
    probe = [SYSTEM_PYTHON, "-c", PROBE]
    if not Path(SYSTEM_PYTHON).exists() or subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip(f"GStreamer's RTSP server is missing: apt install {PACKAGES}")


@pytest.fixture
def serve_clip(rtsp_available: None, tmp_path: Path) -> Iterator[Callable[..., RtspServer]]:
    """`serve_clip(path, user=…, password=…, digest=…)` serves an H.264 clip in a loop, at its own speed."""
    with ExitStack() as stack:

        def serve(
            path: Path, *, user: str | None = None, password: str = "", digest: bool = False
        ) -> RtspServer:
            units = tmp_path / f"{path.name}.units"
            _unpack(path, units)
            login = [] if user is None else ["--user", user, "--password", password, *["--digest"] * digest]
            return stack.enter_context(_server(["loop", str(units), *login]))

        yield serve


@pytest.fixture
def serve_scene(rtsp_available: None, tmp_path: Path) -> Iterator[Callable[..., RtspServer]]:
    """`serve_scene("scene://duel?mark=1")` draws, encodes and serves it live; `drawn_at()` tells when."""
    with ExitStack() as stack:

        def serve(scene: str = "scene://duel?mark=1") -> RtspServer:
            log = tmp_path / "drawn"
            log.touch()
            server = stack.enter_context(_server(["live"]))
            command = [sys.executable, str(HERE / "rtsp" / "feed.py"), scene, str(log)]
            environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
            feed = subprocess.Popen(command, stdout=server.process.stdin, env=environment)
            stack.callback(_end, feed)
            server.log = log
            return server

        yield serve


@pytest.fixture
def silent_server() -> Iterator[SilentServer]:
    """A server on loopback that takes connections and never says a word."""
    server = SilentServer()
    yield server
    server.close()


@pytest.fixture
def make_clip() -> Callable[..., Path]:
    """`make_clip(path)` writes a clip whose every frame carries its index as a mark, and returns the path."""
    return _make_clip


def _make_clip(
    path: Path,
    *,
    codec: str = "libx264",
    size: tuple[int, int] = (192, 96),
    times: Sequence[float] = tuple(index / 25 for index in range(40)),
    sound: bool = False,
    aspect: Fraction | None = None,
    container: dict[str, str] | None = None,
) -> Path:
    with av.open(f"file:{path}", "w", format=None, options=container or {}) as clip:
        video = clip.add_stream(codec, rate=25)
        video.width, video.height = size
        video.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        video.gop_size = 12
        video.bit_rate = 1_000_000
        video.codec_context.time_base = Fraction(1, 25 if codec in ("mpeg4", "mjpeg") else 1000)
        if aspect is not None:
            video.codec_context.sample_aspect_ratio = aspect
        audio = clip.add_stream("aac", rate=16000) if sound else None
        for index, seconds in enumerate(times):
            image = np.full((size[1], size[0], 3), 90, np.uint8)
            mark.draw(image, index)
            frame = av.VideoFrame.from_ndarray(image, "bgr24").reformat(format=video.pix_fmt)
            frame.time_base = video.codec_context.time_base
            frame.pts = round(seconds / frame.time_base)
            clip.mux(video.encode(frame))
            if audio is not None:
                tone = av.AudioFrame.from_ndarray(np.zeros((1, 640), np.float32), "fltp", "mono")
                tone.sample_rate, tone.pts = 16000, index * 640
                clip.mux(audio.encode(tone))
        clip.mux(video.encode(None))
        if audio is not None:
            clip.mux(audio.encode(None))
    return path


@contextmanager
def _server(arguments: list[str]) -> Iterator[RtspServer]:
    process = subprocess.Popen(
        [SYSTEM_PYTHON, str(HERE / "rtsp" / "server.py"), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        word, _, port = process.stdout.readline().decode().partition(" ")
        assert word == "ready", "the RTSP server did not start"
        yield RtspServer(process, int(port))
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.close()


def _unpack(path: Path, units: Path) -> None:
    """Write a clip's H.264 access units, untouched, as the server takes them."""
    found = []
    with av.open(f"file:{path}") as clip:
        video = clip.streams.video[0]
        to_annex_b = av.BitStreamFilterContext("h264_mp4toannexb", video)
        for packet in clip.demux(video):
            for unit in to_annex_b.filter(packet if packet.size else None):
                found.append((float(unit.pts * unit.time_base), unit.is_keyframe, bytes(unit)))
    # Matroska keeps no decoding times: they are the sorted times of showing, early enough for each frame.
    order = sorted(pts for pts, _, _ in found)
    early = max(due - pts for due, (pts, _, _) in zip(order, found, strict=True))
    with units.open("wb") as file:
        for due, (pts, key, data) in zip(order, found, strict=True):
            file.write(HEAD.pack(pts, due - early, key, len(data)) + data)
