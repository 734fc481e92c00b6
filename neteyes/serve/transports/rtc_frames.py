"""Carry one visit's frames over WebRTC; as JPEGs until it is connected, and again after it has ended."""

from __future__ import annotations

import asyncio
import time

from engines.errors import UsageError
from neteyes.serve.messages import AnswerWebRtc, Error, TransportName
from neteyes.serve.outbox import PageOutbox
from neteyes.serve.transports.jpeg_frames import JpegFrames
from neteyes.serve.transports.rtc import Rtc
from neteyes.serve.transports.rtc_broadcast import Broadcasts
from neteyes.serve.transports.rtc_hub import RtcHub
from neteyes.serve.visitor_source import VisitorSource

OFFER_EVERY = 0.5
"""Seconds between two offers of a page: each takes sockets and some milliseconds."""


class RtcFrames:
    """Hold a visit's WebRTC peer, one at a time; used on the server's loop.

    Args:
        views: the mirror's views.
        source: takes the visitor's frames; None with a shared input.
        jpegs: the other way; it rests while WebRTC carries the frames.
        outbox: where answers and errors go.
        hub: what all peers share.
    """

    def __init__(
        self,
        views: Broadcasts,
        source: VisitorSource | None,
        jpegs: JpegFrames,
        outbox: PageOutbox,
        hub: RtcHub,
    ) -> None:
        self._views, self._source, self._jpegs = views, source, jpegs
        self._outbox, self._hub = outbox, hub
        self._peer: Rtc | None = None
        self._job: asyncio.Task[None] | None = None
        self._paused = False
        self._offered_at = -OFFER_EVERY

    @property
    def transport(self) -> TransportName:
        """The way that the frames take now."""
        return "webrtc" if self._peer and self._peer.connected.is_set() else "jpeg"

    def offer(self, sdp: str) -> None:
        """Answer a page's offer, with a new peer in place of the one before.

        Raises:
            UsageError: there was one a moment ago.
        """
        if time.monotonic() - self._offered_at < OFFER_EVERY:
            raise UsageError(f"One offer every {OFFER_EVERY:g} s is answered. Wait a moment.")
        self._offered_at = time.monotonic()
        self._job = asyncio.create_task(self._connect(sdp, self._job))

    def give_up(self) -> None:
        """Carry the frames as JPEGs from now on."""
        before, self._job = self._job, asyncio.create_task(self._close_peer())
        if before:
            before.cancel()
        self._use_jpegs()

    @property
    def paused(self) -> bool:
        """Whether frames are neither taken nor sent."""
        return self._paused

    @paused.setter
    def paused(self, paused: bool) -> None:
        self._paused = paused
        if self._peer:
            self._peer.paused = paused
        if paused:
            self._jpegs.stop()
        elif self.transport == "jpeg":
            self._use_jpegs()

    async def close(self) -> None:
        """Free the peer."""
        if self._job:
            self._job.cancel()
            await asyncio.wait([self._job])
        await self._close_peer()

    async def _connect(self, sdp: str, before: asyncio.Task[None] | None) -> None:
        if before:
            before.cancel()
            await asyncio.wait([before])
        await self._close_peer()
        self._peer = peer = Rtc(self._views, self._source, hub=self._hub, ended=self._ended)
        peer.paused = self._paused
        try:
            self._outbox.say(AnswerWebRtc(await peer.answer(sdp)))
        except UsageError as error:
            self._peer = None
            self._outbox.say(Error("offer", str(error)))
            return
        await peer.connected.wait()
        self._jpegs.stop()

    def _ended(self, words: str) -> None:
        self._peer = None
        if self._job:
            self._job.cancel()
        self._outbox.say(Error("offer", words))
        self._use_jpegs()

    def _use_jpegs(self) -> None:
        if not self._paused:
            self._jpegs.start()

    async def _close_peer(self) -> None:
        peer, self._peer = self._peer, None
        if peer:
            await peer.close()
            self._use_jpegs()
