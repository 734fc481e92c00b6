"""Carry video between one WebRTC peer and a mirror: a camera's frames in, views out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from aiortc import RTCPeerConnection, RTCRtpSender, RTCSessionDescription

from engines.errors import UsageError
from neteyes.serve.transports.rtc_addresses import use_addresses
from neteyes.serve.transports.rtc_broadcast import Broadcasts
from neteyes.serve.transports.rtc_hub import RtcHub
from neteyes.serve.transports.rtc_incoming import IncomingVideo
from neteyes.serve.transports.rtc_internals import bound_datagrams, receive_into, send_from
from neteyes.serve.transports.rtc_offer import Offer, read_offer
from neteyes.serve.transports.rtc_outgoing import OutgoingVideo

if TYPE_CHECKING:
    from neteyes.serve.visitor_source import VisitorSource

log = logging.getLogger("neteyes")

CONNECT_SECONDS = 8.0
"""Seconds for a peer to connect after the answer; a page gives it three."""

SILENT_SECONDS = 10.0
"""Seconds without any packet after which a peer has gone."""

CLOSE_SECONDS = 4.0
"""Seconds that aiortc may take to close a peer."""


def _nothing(reason: str) -> None:
    """Do nothing at the end of a peer."""


class Rtc:
    """One peer, on the server's event loop: sends the mirror's views, fills the source, or does both.

    Args:
        views: what is sent; None if the peer only sends.
        source: what the peer's video goes into; None if the peer only watches.
        hub: what all peers share.
        ended: called once with words when the peer has ended by itself: it did not connect, it went, or its
            video cannot be used. Not called by `close`.

    Attributes:
        connected: set once media can flow.
        incoming: the peer's video; None before the answer, or if it sends none.
        outgoing: what is sent to it; None before the answer, or if it receives none.
    """

    def __init__(
        self,
        views: Broadcasts | None,
        source: VisitorSource | None,
        *,
        hub: RtcHub,
        ended: Callable[[str], None] = _nothing,
    ) -> None:
        self.connected = asyncio.Event()
        self.incoming: IncomingVideo | None = None
        self.outgoing: OutgoingVideo | None = None
        self._views, self._source, self._hub, self._ended = views, source, hub, ended
        self._loop = asyncio.get_running_loop()
        self._peer: RTCPeerConnection | None = None
        self._watchdog: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._paused = False

    async def answer(self, offer_sdp: str) -> str:
        """Return the answer to a peer's offer; with all candidates in it. Called once.

        Raises:
            UsageError: the offer is broken, too long or without a video of the direction that is wanted, or
                there are too many peers. The peer is closed.
        """
        offer = read_offer(offer_sdp)
        if self._source is not None and not offer.sends:
            raise UsageError("The offer's video is only received. Add the camera's track to it.")
        if self._views is not None and not offer.receives:
            raise UsageError(
                "The offer's video is only sent. Make its direction sendrecv, or recvonly to watch."
            )
        self._hub.admit(self)
        try:
            return await self._connect(offer)
        except UsageError:
            await self.close()
            raise
        except Exception as error:  # aiortc raises whatever the steps of its parser and its negotiation raise
            log.debug("An offer was refused.", exc_info=True)
            await self.close()
            raise UsageError("The offer cannot be answered. Send it as the browser made it.") from error
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Free the peer: its sockets, threads and tasks."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        await asyncio.shield(self._closing)

    @property
    def paused(self) -> bool:
        """Whether the peer's video is dropped before it is decoded, and nothing is encoded for it."""
        return self._paused

    @paused.setter
    def paused(self, paused: bool) -> None:
        self._paused = paused
        if self.incoming is not None:
            self.incoming.paused = paused
        if self.outgoing is not None:
            self.outgoing.paused = paused

    async def _connect(self, offer: Offer) -> str:
        self._peer = peer = RTCPeerConnection(self._hub.configuration)
        peer.on("connectionstatechange", self._state_changed)
        if self._views is not None:
            self.outgoing = OutgoingVideo(self._views.of(offer.codec))
        direction = {(True, True): "sendrecv", (True, False): "sendonly"}.get(
            (self._views is not None, self._source is not None), "recvonly"
        )
        video = peer.addTransceiver(self.outgoing or "video", direction=direction)
        wanted = [f"video/{offer.codec}".lower(), "video/rtx"]
        video.setCodecPreferences(
            [one for one in RTCRtpSender.getCapabilities("video").codecs if one.mimeType.lower() in wanted]
        )
        if offer.sound:
            peer.addTransceiver("audio", direction="inactive")
        use_addresses(peer, self._hub.addresses)
        bound_datagrams(peer)
        if self.outgoing is not None:
            send_from(video.sender, self.outgoing, offer.codec)
        if self._source is not None:
            self.incoming = receive_into(video.receiver, self._source.put, self._broken_on_thread)
        self.paused = self._paused
        await peer.setRemoteDescription(RTCSessionDescription(offer.sdp, "offer"))
        await peer.setLocalDescription()
        self._watchdog = asyncio.create_task(self._watch(peer))
        return str(peer.localDescription.sdp)

    def _state_changed(self) -> None:
        state = self._peer.connectionState if self._peer else "closed"
        if state == "connected":
            self.connected.set()
        elif state in ("failed", "closed"):
            self._end("The WebRTC connection was lost." if self.connected.is_set() else _NO_WAY)

    def _broken_on_thread(self, words: str) -> None:
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._end, words)

    def _end(self, words: str) -> None:
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
            self._ended(words)

    async def _watch(self, peer: RTCPeerConnection) -> None:
        """End the peer if it does not connect, or if nothing comes from it any more."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self.connected.wait()
        except TimeoutError:
            self._end(_NO_WAY)
            return
        received, silent = -1, 0.0
        while silent < SILENT_SECONDS:
            await asyncio.sleep(1.0)
            report: dict[str, Any] = await peer.getStats()
            now = max((one.packetsReceived for one in report.values() if one.type == "transport"), default=0)
            silent = silent + 1.0 if now == received else 0.0
            received = now
            for one in report.values():
                if self.outgoing is not None and one.type == "remote-inbound-rtp":
                    self.outgoing.lost(one.fractionLost / 256)
        self._end(f"Nothing has come from the peer for {SILENT_SECONDS:g} seconds.")

    async def _close(self) -> None:
        if self._watchdog is not None:
            self._watchdog.cancel()
        if self.outgoing is not None:
            self.outgoing.stop()
        if self.incoming is not None:
            self.incoming.close()
        try:
            if self._peer is not None:
                self._peer.remove_all_listeners()
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._peer.close()
        except TimeoutError:
            log.warning("A WebRTC peer could not be closed within %g seconds.", CLOSE_SECONDS)
        finally:
            self._peer = None
            self._hub.release(self)


_NO_WAY = (
    f"WebRTC found no way to the peer within {CONNECT_SECONDS:g} seconds: its UDP does not reach this "
    "machine. Check the firewall; the page goes on without it."
)
