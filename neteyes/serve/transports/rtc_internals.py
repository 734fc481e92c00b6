"""Put our parts into aiortc's sender and receiver, where it has no public place for them.

aiortc's queues of frames have no bounds, and its buffers wait longer than they must. The names below are
private to it: pyproject.toml holds aiortc to the versions that have them, and `_replace` fails where one is
missing.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from aiortc import RTCPeerConnection, RTCRtpReceiver, RTCRtpSender

from neteyes.serve.transports.rtc_incoming import IncomingVideo, Take
from neteyes.serve.transports.rtc_jitter import PromptJitterBuffer
from neteyes.serve.transports.rtc_offer import Codec
from neteyes.serve.transports.rtc_outgoing import OutgoingVideo, packets_of

MOST_DATAGRAMS = 1024
"""Datagrams that wait for a peer; more are dropped, as a network would."""


def receive_into(receiver: RTCRtpReceiver, take: Take, failed: Callable[[str], None]) -> IncomingVideo:
    """Decode a receiver's frames, and give each picture to `take`; call before the answer."""
    # aiortc asks for a whole picture at the next packet after a decoder's error.
    error: threading.Event = vars(receiver)["_RTCRtpReceiver__decoder_error"]
    incoming = IncomingVideo(take, error.set, failed)
    _replace(receiver, "_RTCRtpReceiver__decoder_queue", incoming)
    _replace(receiver, "_RTCRtpReceiver__jitter_buffer", PromptJitterBuffer())
    return incoming


def send_from(sender: RTCRtpSender, track: OutgoingVideo, codec: Codec) -> None:
    """Send a track's ready packets; the peer's requests and estimates go to it. Call before the answer."""
    _replace(sender, "_RTCRtpSender__encoder", packets_of(codec, track))
    sender._send_keyframe = track.ask_for_whole  # type: ignore[method-assign]


def bound_datagrams(peer: RTCPeerConnection) -> None:
    """Bound the datagrams that wait in a peer's transports."""
    for transceiver in peer.getTransceivers():
        _replace(transceiver.receiver.transport.transport._connection, "_queue", _Datagrams(MOST_DATAGRAMS))


def _replace(holder: object, name: str, part: object) -> None:
    if name not in vars(holder):
        raise RuntimeError(
            f"{type(holder).__name__} of this aiortc has no {name}. Install the version of constraints.txt."
        )
    setattr(holder, name, part)


class _Datagrams(asyncio.Queue[Any]):
    """Drop items that do not fit into a queue, except the end."""

    def put_nowait(self, item: Any) -> None:
        if item is None and self.full():
            self.get_nowait()
        if not self.full():
            super().put_nowait(item)
