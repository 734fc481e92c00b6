"""Send the packets of a broadcast to one peer."""

from __future__ import annotations

import asyncio
from collections import deque

from aiortc.codecs.h264 import H264Encoder
from aiortc.codecs.vpx import Vp8Encoder
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from neteyes.serve.transports.rtc_broadcast import Broadcast
from neteyes.serve.transports.rtc_encoding import Packet
from neteyes.serve.transports.rtc_offer import Codec

MOST_WAITING = 6
"""Frames that wait to be sent; when more come, all are dropped until the next whole picture."""

LEAST_LIMIT = 100_000
"""Bits a second under which no estimate is believed."""


class OutgoingVideo(MediaStreamTrack):
    """Give aiortc's sender the packets that were encoded once for all, from a whole picture on.

    Args:
        broadcast: where they come from; joined once the peer is connected.

    Attributes:
        limit: bits a second that reach the peer; None while nothing says that less than all does.
        sent: number of frames given to the sender.
        dropped: number of frames that it was too slow for.
    """

    kind = "video"

    def __init__(self, broadcast: Broadcast) -> None:
        super().__init__()
        self.limit: float | None = None
        self.sent = self.dropped = 0
        self._broadcast = broadcast
        self._packets: deque[Packet] = deque()
        self._arrived = asyncio.Event()
        self._connected = self._joined = self._paused = False
        self._needs_whole = True

    async def recv(self) -> Packet:
        """Return the next packet."""
        if self.readyState != "live":
            raise MediaStreamError
        self._connected = True
        if not self._joined and not self._paused:
            self._join()
        while not self._packets:
            self._arrived.clear()
            await self._arrived.wait()
            if self.readyState != "live":
                raise MediaStreamError
        self.sent += 1
        return self._packets.popleft()

    def give(self, packets: list[Packet]) -> None:
        """Take the packets of one frame."""
        if self._needs_whole and not any(packet.is_keyframe for packet in packets):
            return
        if len(self._packets) >= MOST_WAITING:
            self.dropped += len(self._packets)
            self._packets.clear()
            self._needs_whole = True
            self._broadcast.ask_for_whole()
            return
        self._needs_whole = False
        self._packets.extend(packets)
        self._arrived.set()

    def stop(self) -> None:
        """Take no more packets, and end the call of the sender that waits for one."""
        super().stop()
        self._leave()
        self._arrived.set()

    @property
    def paused(self) -> bool:
        """Whether nothing is sent, nor encoded for this peer."""
        return self._paused

    @paused.setter
    def paused(self, paused: bool) -> None:
        self._paused = paused
        if paused:
            self._leave()
        elif self._connected and not self._joined and self.readyState == "live":
            self._join()

    def ask_for_whole(self) -> None:
        """Send a picture that can be decoded alone: the peer lost one."""
        self._broadcast.ask_for_whole()

    def estimated(self, bitrate: float) -> None:
        """Take the peer's estimate of the bits a second that reach it.

        An estimate above what is sent only says that this much came through: a still picture needs few bits.
        """
        if bitrate < 0.9 * self._broadcast.bitrate:
            self.limit = max(bitrate, LEAST_LIMIT)
        elif self.limit is not None:
            self.limit *= 1.1

    def lost(self, share: float) -> None:
        """Take the share of packets, 0-1, that the peer lost during the last second."""
        if share > 0.1:
            now = self.limit or self._broadcast.bitrate
            self.limit = max(now * (1 - share / 2), LEAST_LIMIT)
        elif share < 0.02 and self.limit is not None:
            self.limit *= 1.05

    def _join(self) -> None:
        self._joined = self._needs_whole = True
        self._broadcast.join(self)

    def _leave(self) -> None:
        self._packets.clear()
        if self._joined:
            self._joined = False
            self._broadcast.leave(self)


class _ForTrack:
    """Give the peer's estimates of the bit rate to a track, which aiortc gives to its encoder."""

    def __init__(self, track: OutgoingVideo) -> None:
        super().__init__()
        self._track = track

    @property
    def target_bitrate(self) -> int:
        """Bits a second."""
        return int(self._track.limit or 0)

    @target_bitrate.setter
    def target_bitrate(self, bitrate: int) -> None:
        self._track.estimated(bitrate)


class _Vp8Packets(_ForTrack, Vp8Encoder):
    """Cut ready VP8 frames into RTP payloads."""


class _H264Packets(_ForTrack, H264Encoder):
    """Cut ready H.264 frames into RTP payloads."""


def packets_of(codec: Codec, track: OutgoingVideo) -> Vp8Encoder | H264Encoder:
    """Return the encoder for aiortc's sender, which only cuts ready frames."""
    return _Vp8Packets(track) if codec == "VP8" else _H264Packets(track)
