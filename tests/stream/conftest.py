"""A real RTSP server on loopback, for whoever wants to watch one."""

import os
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import av
import pytest

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
    login: str = ""
    log: Path | None = None
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"rtsp://{self.login}127.0.0.1:{self.port}/live"

    def drawn_at(self) -> dict[int, float]:
        """When each frame of a scene was drawn: index → `time.monotonic()` seconds, the same clock in all processes."""
        assert self.log is not None
        data = self.log.read_bytes()
        return dict(DRAWN.iter_unpack(data[: len(data) // DRAWN.size * DRAWN.size]))

    def kill(self) -> None:
        """Let it die as a power cut would."""
        self.process.kill()
        self.process.wait()


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
            command = [sys.executable, str(HERE / "rtsp_feed.py"), scene, str(log)]
            environment = {**os.environ, "PYTHONPATH": str(HERE.parents[1])}
            feed = subprocess.Popen(command, stdout=server.process.stdin, env=environment)
            stack.callback(_end, feed)
            server.log = log
            return server

        yield serve


@contextmanager
def _server(arguments: list[str]) -> Iterator[RtspServer]:
    process = subprocess.Popen(
        [SYSTEM_PYTHON, str(HERE / "rtsp_server.py"), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
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
