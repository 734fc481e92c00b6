"""Check whether a request is addressed to this machine, and whether a page of this machine sent it.

A web page on the Internet may have a host name that resolves to this machine, so that a browser reads our
pages for it (DNS rebinding): its requests have that name in the Host header. Or it may post to us by our own
address: then the Origin header names it. CORS covers neither, and no WebSocket at all.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

import ifaddr

from engines.errors import UsageError
from neteyes.watching.addresses import is_local_name

_HOST = re.compile(
    r"(?P<host>\[[0-9a-f:.]+\]|[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?)\.?(?::(?P<port>\d{1,5}))?", re.I
)
_INSIDE = re.compile(r"docker|br-|veth|virbr|cni|flannel|podman")
"""Names of network adapters that containers and virtual machines of this machine use."""

_PORTS = {"http": 80, "https": 443}


class Hosts:
    """Hold the names by which this machine may be addressed.

    Its own IP addresses need not be listed: the address at which a connection arrived is one of them, also
    when a network changes while the server runs.

    Args:
        more: further names and addresses, from `--allow-host`.
        local: whether to include only names that mean this machine on every machine. Somebody on the network
            can let its host name lead elsewhere.

    Raises:
        UsageError: one of them is no host name.
    """

    def __init__(self, more: Iterable[str] = (), *, local: bool = False) -> None:
        self.more = tuple(_checked(name) for name in more)
        self.names = frozenset(self.more if local else (*machine_names(), *self.more))

    def include(self, header: str, arrived_at: str | None) -> bool:
        """Return whether a Host header names this machine.

        Args:
            header: the header's value: a name or an address, with or without a port.
            arrived_at: this machine's address of the connection.
        """
        split = split_host(header, "http")
        if split is None:
            return False
        name, _ = split
        return is_local_name(header) or name in self.names or name == _plain(arrived_at or "")

    def is_own_origin(self, origin: str, header: str, scheme: str) -> bool:
        """Return whether a page with this origin is ours: it has the host and port of the Host header.

        Args:
            origin: the value of an Origin header.
            header: the value of the Host header, already found to be ours.
            scheme: `http` or `https`, as the request came. To a name of `--allow-host` both are the same,
                since a proxy may have ended TLS in front of us.
        """
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        if parts.scheme not in _PORTS or parts.path or parts.query or parts.fragment:
            return False
        ours, theirs = split_host(header, scheme), split_host(parts.netloc, parts.scheme)
        if ours is None or theirs is None:
            return False
        if parts.scheme == scheme:
            return ours == theirs
        proxied = parts.scheme == "https" and ours[0] in self.more
        return proxied and split_host(header, "https") == theirs


def split_host(text: str, scheme: str) -> tuple[str, int] | None:
    """Return name (in small letters, without brackets) and port of `name:port`; None if it is invalid.

    >>> split_host("Mirror.local.:8710", "http"), split_host("[::1]", "https")
    (('mirror.local', 8710), ('::1', 443))
    """
    found = _HOST.fullmatch(text)
    if found is None:
        return None
    port = int(found["port"]) if found["port"] else _PORTS[scheme]
    return (_plain(found["host"]), port) if port < 65536 else None


def machine_names() -> list[str]:
    """Return the names of this machine: its host name, alone and in `.local`."""
    name = socket.gethostname().lower().rstrip(".")
    if not _HOST.fullmatch(name):
        return []
    short = name.partition(".")[0]
    return list(dict.fromkeys((name, short, f"{short}.local")))


def own_addresses() -> list[str]:
    """Return the IP addresses by which others reach this machine; that of the default route first.

    IPv6 addresses are left out where there is an IPv4 one: many of them change daily. So are networks that
    exist only inside this machine.
    """
    adapters = [adapter for adapter in ifaddr.get_adapters() if not _INSIDE.match(str(adapter.name))]
    found = [ip.ip if isinstance(ip.ip, str) else ip.ip[0] for adapter in adapters for ip in adapter.ips]
    reachable = [
        text for text in found if not (ip := ipaddress.ip_address(text)).is_loopback and not ip.is_link_local
    ]
    first = _address_of_default_route()
    version_4 = [text for text in reachable if ":" not in text]
    return sorted(dict.fromkeys(version_4 or reachable), key=lambda text: text != first)


def _address_of_default_route() -> str | None:
    """Return the address from which packets to the Internet would go; none is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address for documentation (RFC 5737)
        except OSError:
            return None
        return str(probe.getsockname()[0])


def _checked(name: str) -> str:
    split = split_host(name, "http")
    if split is None or name.rpartition("]")[2].count(":"):
        raise UsageError(
            f"--allow-host wants a name or an address without a port, such as mirror.example, not '{name}'."
        )
    return split[0]


def _plain(host: str) -> str:
    """Return a host in one form: small letters, no brackets, no zone, IPv4 also where it came as IPv6."""
    host = host.strip("[]").lower().partition("%")[0]
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return host
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)
