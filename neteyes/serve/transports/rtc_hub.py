"""Hold the number, addresses and STUN server of all WebRTC peers of a server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiortc import RTCConfiguration, RTCIceServer
from aiortc.rtcicetransport import parse_stun_turn_uri

from engines.errors import UsageError
from neteyes.serve.transports.rtc_addresses import addresses_for

if TYPE_CHECKING:
    from neteyes.serve.transports.rtc import Rtc


class TooManyPeers(UsageError):
    """There are as many peers as may be."""


class RtcHub:
    """Admit peers, a bounded number of them.

    Args:
        host: the address that the page is served on.
        most: the most peers at once.
        stun: the URL of a STUN server, such as `stun:stun.example.org:3478`, for visitors behind another
            network's router; without it nothing asks a machine that is not a visitor's.

    Raises:
        UsageError: the URL is none of a STUN server.
    """

    def __init__(self, *, host: str = "127.0.0.1", most: int = 12, stun: str | None = None) -> None:
        if stun is not None:
            try:
                scheme = parse_stun_turn_uri(stun)["scheme"]
            except ValueError:
                scheme = None
            if scheme != "stun":
                raise UsageError(f"'{stun}' is no STUN server. Write it as stun:HOST:PORT.")
        # An empty list: aiortc takes a public server of its own where there is none.
        self.configuration = RTCConfiguration(iceServers=[RTCIceServer(stun)] if stun else [])
        self.addresses = addresses_for(host)
        self._most = most
        self._peers: set[Rtc] = set()

    @property
    def peers(self) -> int:
        """Number of peers, those that are still connecting too."""
        return len(self._peers)

    def admit(self, peer: Rtc) -> None:
        """Count a peer in.

        Raises:
            UsageError: there are too many.
        """
        if len(self._peers) >= self._most:
            raise TooManyPeers(
                f"There are {self._most} WebRTC peers, the most. Close one, or try again in some seconds."
            )
        self._peers.add(peer)

    def release(self, peer: Rtc) -> None:
        """Count a peer out."""
        self._peers.discard(peer)

    async def close(self) -> None:
        """Close all peers."""
        await asyncio.gather(*(peer.close() for peer in list(self._peers)))
