"""Encode the views of one mirror once, for all who watch them with the same codec."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

import av

from neteyes.serve.transports.rtc_clock import RATE
from neteyes.serve.transports.rtc_encoding import Packet, VideoEncoder, suitable_bitrate
from neteyes.serve.transports.rtc_offer import Codec
from stream.frame import Frame, Image

log = logging.getLogger("neteyes")

WHOLE_EVERY = 0.25
"""Seconds between two whole pictures, however many viewers ask for one."""

RAISE_EVERY = 4.0
"""Seconds between two raises of the bit rate: each begins a new stream with a whole picture."""

Watch = Callable[[Callable[[Frame], None]], Callable[[], None]]
"""Have a function called with each frame that has a view; returns what ends that. `Mirror.watch` is one."""


class PacketViewer(Protocol):
    """A viewer of a broadcast.

    Attributes:
        limit: bits a second that reach it; None while nothing says that less than all does.
    """

    limit: float | None

    def give(self, packets: list[Packet]) -> None:
        """Take the packets of one frame; called on the event loop."""
        ...


class Broadcast:
    """Encode the newest view of a mirror on a thread of its own, while anyone watches.

    Args:
        watch: gives the frames.
        codec: what all its viewers take.
        loop: the loop that viewers are called on; all methods but `ask_for_whole` are called there.

    Attributes:
        encoded: number of frames that were encoded.
        wholes: number of those that were whole pictures.
    """

    def __init__(self, watch: Watch, codec: Codec, loop: asyncio.AbstractEventLoop) -> None:
        self.codec = codec
        self.encoded = self.wholes = 0
        self._watch, self._loop = watch, loop
        self._viewers: list[PacketViewer] = []
        self._changed = threading.Condition()
        self._newest: Image | None = None
        self._fresh = False
        self._whole = False
        self._round = 0
        self._unwatch: Callable[[], None] | None = None
        self._sent: deque[tuple[float, int]] = deque()

    def join(self, viewer: PacketViewer) -> None:
        """Give a viewer the packets from the next whole picture on."""
        self._viewers = [*self._viewers, viewer]
        self.ask_for_whole()
        if self._unwatch is None:
            self._round += 1
            threading.Thread(
                target=self._encode, args=(self._round,), name=f"{self.codec}-encoder", daemon=True
            ).start()
            self._unwatch = self._watch(self._show)

    def leave(self, viewer: PacketViewer) -> None:
        """Give a viewer nothing more; the thread ends with the last one."""
        self._viewers = [one for one in self._viewers if one is not viewer]
        if not self._viewers and self._unwatch is not None:
            self._unwatch()
            self._unwatch = None
            with self._changed:
                self._round += 1
                self._newest, self._fresh = None, False
                self._changed.notify_all()

    def ask_for_whole(self) -> None:
        """Make the next picture one that can be decoded alone; the last one is sent again if none comes."""
        with self._changed:
            self._whole = True
            self._changed.notify_all()

    @property
    def viewers(self) -> int:
        """Number of those who watch."""
        return len(self._viewers)

    @property
    def bitrate(self) -> float:
        """Bits a second that were sent to each viewer lately; 0 before a second has passed."""
        sent = list(self._sent)
        seconds = sent[-1][0] - sent[0][0] if sent else 0.0
        return 8 * sum(size for _, size in sent[1:]) / seconds if seconds > 1 else 0.0

    def _show(self, frame: Frame) -> None:
        if frame.view is None:
            return
        with self._changed:
            self._newest, self._fresh = frame.view, True
            self._changed.notify_all()

    def _encode(self, mine: int) -> None:
        """Encode until the round is over. The encoder begins anew where the size or the bit rate changes."""
        encoder: VideoEncoder | None = None
        last = raised = wholes = 0.0
        try:
            while (taken := self._take(mine, wholes)) is not None:
                image, whole = taken
                now = time.monotonic()
                image = image[: image.shape[0] & ~1, : image.shape[1] & ~1]
                bitrate = self._suitable(image)
                if encoder is None or not self._still_suits(encoder, image, bitrate, now - raised):
                    encoder = VideoEncoder(self.codec, image.shape[0], image.shape[1], bitrate)
                    raised, whole = now, True
                at = max(round(now * RATE), last + 1)
                last = at
                packets = encoder.encode(image, int(at), whole)
                self.encoded += 1
                self.wholes += whole
                wholes = now if whole else wholes
                self._send(packets, now)
        except av.FFmpegError:
            log.exception("The view cannot be encoded as %s.", self.codec)
        except RuntimeError as error:  # the loop is closed; viewers are gone with it
            log.debug("The encoder ends: %s", error)

    def _take(self, mine: int, wholes: float) -> tuple[Image, bool] | None:
        with self._changed:
            while mine == self._round:
                due = self._whole and self._newest is not None
                soon = wholes + WHOLE_EVERY - time.monotonic() if due else None
                if self._fresh or (soon is not None and soon <= 0):
                    assert self._newest is not None
                    whole = self._whole and (soon is None or soon <= 0)
                    self._whole, self._fresh = self._whole and not whole, False
                    return self._newest, whole
                self._changed.wait(soon)
            return None

    @staticmethod
    def _still_suits(encoder: VideoEncoder, image: Image, bitrate: int, age: float) -> bool:
        """Tell whether an encoder can go on; each that begins anew costs a whole picture."""
        if encoder.size != image.shape[:2] or bitrate < 0.8 * encoder.bitrate:
            return False
        return bitrate <= 1.5 * encoder.bitrate or age < RAISE_EVERY

    def _suitable(self, image: Image) -> int:
        """Return the bits a second for all: what reaches each, but not under a quarter of what suits."""
        most = suitable_bitrate(*image.shape[:2])
        limits = [viewer.limit for viewer in self._viewers if viewer.limit is not None]
        return int(max(min([most, *limits]), most / 4))

    def _send(self, packets: list[Packet], now: float) -> None:
        self._sent.append((now, sum(packet.size for packet in packets)))
        while now - self._sent[0][0] > 2:
            self._sent.popleft()
        self._loop.call_soon_threadsafe(self._give, packets)

    def _give(self, packets: list[Packet]) -> None:
        for viewer in self._viewers:
            viewer.give(packets)


class Broadcasts:
    """Hold the broadcasts of one mirror: one a codec.

    Args:
        watch: gives the mirror's frames.
    """

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._of: dict[Codec, Broadcast] = {}

    def of(self, codec: Codec) -> Broadcast:
        """Return the broadcast in a codec; called on the event loop that its viewers live on."""
        if codec not in self._of:
            self._of[codec] = Broadcast(self._watch, codec, asyncio.get_running_loop())
        return self._of[codec]
