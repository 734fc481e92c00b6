"""Choose the addresses that WebRTC listens on: those that the page is served on, and no others."""

from __future__ import annotations

import ipaddress
from typing import Any

import ifaddr
from aiortc import RTCPeerConnection

GATHER_SECONDS = 1.5
"""Seconds that a STUN server may take to answer; without it, the addresses of this machine are sent."""


def addresses_for(host: str) -> list[str]:
    """Return the addresses to listen on for a server's host name or address.

    A page that is served to this machine alone gets its video over the loopback alone.
    """
    if host == "localhost":
        return ["127.0.0.1"]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return _of_machine(4) + _of_machine(6)
    if not address.is_unspecified:
        return [host]
    return _of_machine(4) + (_of_machine(6) if address.version == 6 else [])


def use_addresses(peer: RTCPeerConnection, addresses: list[str]) -> None:
    """Have a peer listen on these addresses; aiortc itself leaves the loopback out and takes all others."""
    for transceiver in peer.getTransceivers():
        connection: Any = transceiver.receiver.transport.transport._connection
        connection.get_component_candidates = _gather_from(addresses, connection.get_component_candidates)


def _gather_from(ours: list[str], gather: Any) -> Any:
    async def gather_ours(component: int, addresses: list[str]) -> Any:
        return await gather(component=component, addresses=ours, timeout=GATHER_SECONDS)

    return gather_ours


def _of_machine(version: int) -> list[str]:
    found = ["127.0.0.1"] if version == 4 else ["::1"]
    for adapter in ifaddr.get_adapters():
        for ip in adapter.ips:
            text = ip.ip if isinstance(ip.ip, str) else ip.ip[0]
            address = ipaddress.ip_address(text)
            if address.version == version and not address.is_loopback and not address.is_link_local:
                found.append(text)
    return found
