"""Measure the browser mirror from outside: visitors with marked cameras, and the ages of their pictures.

Each visitor sends a drawn scene with a mark (`stream.scenes.mark`), asks for the view `triptych`, in whose
left third the mark comes back, and notes how long ago that frame was sent. The server must not cut the mark
off: `--fit stretch`. A visitor behaves as the page does: over WebRTC it sends `rate` frames a second, over
JPEG one at a time.
"""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, get_args

import av
import cv2
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.jitterbuffer import JitterBuffer, JitterFrame
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from engines.errors import SinkError
from stream.frame import Image
from stream.scenes import mark
from stream.scenes.duel import Duel
from stream.views.layers import GUTTER

Transport = Literal["webrtc", "jpeg"]

TRANSPORTS: tuple[Transport, ...] = get_args(Transport)

SIZE = 480, 640
"""(height, width) of the cameras."""

LEAST_RATE = 8.0
"""Frames a second that a camera sends at least."""

PICTURES = 240
"""Different pictures of a camera, drawn beforehand; then it begins again with new marks."""


@dataclass
class Seen:
    """Hold the pictures of one visitor.

    Attributes:
        ages: milliseconds from a frame's capture until it was seen painted, in order.
        when: when each of those was seen, in seconds from the beginning.
        foreign: number of frames with a mark that this visitor never sent.
        unreadable: number of frames without a readable mark: the flash guard may hold back the mark itself.
    """

    ages: list[float] = field(default_factory=list)
    when: list[float] = field(default_factory=list)
    foreign: int = 0
    unreadable: int = 0


class DrawnCamera:
    """Draw marked frames of a scene, and remember when each was sent.

    Args:
        pictures: frames of a scene, uint8 (H, W, 3) BGR.
        first: number of the first mark; visitors have numbers far apart.
    """

    def __init__(self, pictures: list[Image], first: int) -> None:
        self._pictures = pictures
        self._first, self._next = first, first
        self._sent: dict[int, float] = {}
        self._begun = time.monotonic()
        self.seen = Seen()

    def take(self) -> Image:
        """Return the next frame, marked."""
        image = self._pictures[self._next % len(self._pictures)].copy()
        mark.draw(image, self._next)
        self._sent[self._next] = time.monotonic()
        self._next += 1
        return image

    def look(self, view: Image) -> None:
        """Note the age of a triptych that came back."""
        now = time.monotonic()
        number = mark.read(view[:, : (view.shape[1] - 2 * GUTTER) // 3])
        if number is None:
            self.seen.unreadable += 1
        elif number not in self._sent:
            self.seen.foreign += 1
        else:
            self.seen.ages.append(1000 * (now - self._sent[number]))
            self.seen.when.append(now - self._begun)


class CameraTrack(MediaStreamTrack):
    """Give a camera's frames to aiortc, `rate` a second; a frame that is late is left out."""

    kind = "video"

    def __init__(self, camera: DrawnCamera, rate: float) -> None:
        super().__init__()
        self._camera, self._rate, self._most = camera, rate, rate
        self._due = time.monotonic()

    def pace(self, painted: float | None) -> None:
        """Send fewer frames where far fewer are painted, as the page does."""
        if painted is not None:
            self._rate = min(self._most, max(LEAST_RATE, 1.5 * painted + 2))

    async def recv(self) -> av.VideoFrame:
        """Return the next frame when it is due."""
        self._due = max(self._due + 1 / self._rate, time.monotonic() - 1 / self._rate)
        await asyncio.sleep(max(self._due - time.monotonic(), 0))
        image = self._camera.take()
        frame = av.VideoFrame.from_ndarray(
            np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420), np.uint8), format="yuv420p"
        )
        frame.pts, frame.time_base = round(self._due * 90_000), Fraction(1, 90_000)
        return frame


class PromptBuffer(JitterBuffer):
    """Hand a frame out with its last packet, as browsers do; aiortc waits for the next frame's first."""

    def _remove_frame(self, sequence_number: int) -> JitterFrame | None:
        parts: list[bytes] = []
        assert self._origin is not None
        for count in range(self.capacity):
            packet = self._packets[(self._origin + count) % self.capacity]
            if packet is None:
                return None
            parts.append(packet._data)  # type: ignore[attr-defined]  # aiortc adds it
            if packet.marker:
                self.remove(count + 1)
                return JitterFrame(b"".join(parts), packet.timestamp)
        return None


async def visit(
    url: str, camera: DrawnCamera, transport: Transport, *, rate: float, seconds: float
) -> dict[str, Any]:
    """Visit a mirror for some seconds; returns the last state that the server told.

    Args:
        url: the address of the server's WebSocket.
        camera: what is sent; its `seen` is filled.
        transport: the way that frames take.
        rate: frames a second that the camera takes.
        seconds: how long, from the welcome on.
    """
    hello = {"type": "hello", "transport": transport, "controls": {"view": "triptych", "mirror": False}}
    origin = Origin(url.replace("ws", "http", 1).rsplit("/", 1)[0])
    async with connect(url, max_size=2**24, origin=origin) as socket:
        await socket.send(json.dumps(hello))
        while json.loads(await socket.recv())["type"] != "welcome":
            pass
        way = _by_webrtc if transport == "webrtc" else _by_jpeg
        return await way(socket, camera, rate, time.monotonic() + seconds)


async def _by_jpeg(
    socket: ClientConnection, camera: DrawnCamera, rate: float, until: float
) -> dict[str, Any]:
    state: dict[str, Any] = {}
    due, number, waits_since = time.monotonic(), 0, None
    while (now := time.monotonic()) < until:
        if waits_since is None or now - waits_since > 1:
            await asyncio.sleep(max(due - now, 0))
            due = max(due + 1 / rate, time.monotonic() - 1 / rate)
            _, data = cv2.imencode(".jpg", camera.take(), (cv2.IMWRITE_JPEG_QUALITY, 80))
            await socket.send(struct.pack(">I", number) + data.tobytes())
            number, waits_since = number + 1, time.monotonic()
        try:
            message = await asyncio.wait_for(socket.recv(), 1)
        except TimeoutError:
            continue
        if isinstance(message, bytes):
            waits_since = None
            view: Any = cv2.imdecode(np.frombuffer(message[12:], np.uint8), cv2.IMREAD_COLOR)
            camera.look(view)
        else:
            state = json.loads(message)
    return state


async def _by_webrtc(
    socket: ClientConnection, camera: DrawnCamera, rate: float, until: float
) -> dict[str, Any]:
    state: dict[str, Any] = {}
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    tracks: asyncio.Queue[MediaStreamTrack] = asyncio.Queue()
    peer.on("track", tracks.put_nowait)
    track = CameraTrack(camera, rate)
    peer.addTrack(track)
    vars(peer.getReceivers()[0])["_RTCRtpReceiver__jitter_buffer"] = PromptBuffer(512, is_video=True)
    await peer.setLocalDescription(await peer.createOffer())
    await socket.send(json.dumps({"type": "offer", "sdp": peer.localDescription.sdp}))

    async def look() -> None:
        track = await tracks.get()
        while True:
            frame: Any = await track.recv()
            camera.look(np.asarray(frame.to_ndarray(format="bgr24"), np.uint8))

    looking = asyncio.create_task(look())
    try:
        while (left := until - time.monotonic()) > 0:
            try:
                message = await asyncio.wait_for(socket.recv(), left)
            except TimeoutError:
                break
            if isinstance(message, str):
                said = json.loads(message)
                if said["type"] == "answer":
                    await peer.setRemoteDescription(RTCSessionDescription(said["sdp"], "answer"))
                elif said["type"] == "error":
                    raise RuntimeError(said["message"])
                elif said["type"] == "state":
                    state = said
                    track.pace(said["fps"])
    finally:
        looking.cancel()
        await peer.close()
    return state


def pictures_of(draw: Callable[[int], Image]) -> list[Image]:
    """Draw a camera's pictures beforehand, so that drawing costs nothing while ages are measured."""
    return [np.asarray(cv2.resize(draw(index), SIZE[::-1]), np.uint8) for index in range(PICTURES)]


def measure(
    url: str,
    pictures: list[Image],
    transport: Transport,
    *,
    visitors: int = 1,
    rate: float = 30,
    seconds: float = 60,
) -> dict[str, Any]:
    """Let visitors use a mirror at the same time, and return their pictures.

    Args:
        url: the address of the server's WebSocket.
        pictures: a camera's pictures.
        transport: the way that frames take.
        visitors: how many there are.
        rate: frames a second that each camera takes.
        seconds: how long.

    Returns:
        For each visitor `fps`, `age_ms` (p50, p95), `growth_ms` (the median age of the last third minus that
        of the first), `foreign` and `unreadable` frames, and the age that the `server` told at last.
    """
    cameras = [DrawnCamera(pictures, first=1_000_000 * (place + 1)) for place in range(visitors)]

    async def all_of_them() -> list[dict[str, Any]]:
        return await asyncio.gather(
            *(visit(url, camera, transport, rate=rate, seconds=seconds) for camera in cameras)
        )

    states = asyncio.run(all_of_them())
    return {
        "transport": transport,
        "visitors": visitors,
        "seconds": seconds,
        "each": [_figures(camera.seen, state) for camera, state in zip(cameras, states, strict=True)],
    }


def _figures(seen: Seen, state: dict[str, Any]) -> dict[str, Any]:
    if len(seen.ages) < 3:
        return {"fps": 0.0, "age_ms": None, "foreign": seen.foreign, "unreadable": seen.unreadable}
    settled = [age for age, when in zip(seen.ages, seen.when, strict=True) if when > seen.when[0] + 2]
    settled = settled or seen.ages  # a very slow machine
    third = max(len(settled) // 3, 1)
    first, last = float(np.median(settled[:third])), float(np.median(settled[-third:]))
    p50, p95 = (float(value) for value in np.percentile(settled, (50, 95)))
    return {
        "fps": round((len(seen.ages) - 1) / (seen.when[-1] - seen.when[0]), 1),
        "age_ms": {"p50": round(p50, 1), "p95": round(p95, 1)},
        "growth_ms": round(last - first, 1),
        "foreign": seen.foreign,
        "unreadable": seen.unreadable,
        "server": {"fps": state.get("fps"), "age_ms": state.get("age_ms"), "dropped": state.get("dropped")},
    }


def measure_mirror(
    *,
    visitors: int = 1,
    rate: float = 30,
    seconds: float = 20,
    rounds: int = 2,
    tell: Callable[[str], None] = lambda what: None,
) -> list[dict[str, Any]]:
    """Serve a mirror in a process of its own, and measure both transports in turn.

    Args:
        visitors: how many there are at once.
        rate: frames a second that each camera takes.
        seconds: how long each transport is used at a time.
        rounds: how often each has its turn.
        tell: called with what is done now.

    Returns:
        What `measure` returns, for each turn.

    Raises:
        SinkError: the server does not start; its own words are in its output.
    """
    tell("a camera is drawn")
    scene = Duel(7, SIZE[::-1])
    pictures = pictures_of(lambda index: scene.at(index).image)
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [sys.executable, "-m", "neteyes", "serve", "--listen", address, "--fit", "stretch"]
    server = subprocess.Popen([*command, "--visitors", str(visitors)], stdout=subprocess.DEVNULL)
    try:
        tell("the server starts")
        _wait_for(server, address)
        results = []
        for turn in range(rounds):
            for transport in TRANSPORTS:
                tell(f"{transport}, {turn + 1} of {rounds}")
                url = f"ws://{address}/ws"
                results.append(
                    measure(url, pictures, transport, visitors=visitors, rate=rate, seconds=seconds)
                )
        return results
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(15)


def _wait_for(server: subprocess.Popen[bytes], address: str) -> None:
    host, port = address.split(":")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            socket.create_connection((host, int(port)), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SinkError("neteyes serve does not start; it says above why.", "broken")
