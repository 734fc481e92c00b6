"""Limit how often each client may do something, in bounded memory."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable


def client_of(address: str | None) -> str:
    """Return the key under which the limits count a client.

    This is its IPv4 address, or the first 64 bits of its IPv6 address: one machine may take any address among
    those.

    >>> client_of("::ffff:192.168.1.5"), client_of("2001:db8::1:2:3:4")
    ('192.168.1.5', '2001:db8::')
    """
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return address or ""
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        if not found.is_loopback:
            return str(ipaddress.ip_address(int(found) >> 64 << 64))
    return str(found)


class Rate:
    """Allow each client a number of events at once, and so many a second after that (a token bucket).

    Args:
        per_second: events a second.
        burst: events that may come at once.
        clients: the most clients that are remembered; the one seen longest ago is forgotten first.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        per_second: float,
        burst: float,
        clients: int = 1024,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_second, self._burst, self._clients, self._clock = per_second, burst, clients, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # client → events left, and when

    def __len__(self) -> int:
        return len(self._left)

    def wait(self, client: str = "") -> float:
        """Return the seconds until the client's next event is allowed: 0 if it is now."""
        return max(0.0, (1 - self._now(client)) / self._per_second)

    def take(self, client: str = "", events: float = 1) -> bool:
        """Count events of a client; return whether they were allowed. Those that were not cost nothing."""
        left = self._now(client)
        allowed = left >= events
        self._left[client] = (left - events if allowed else left, self._clock())
        self._left.move_to_end(client)
        if len(self._left) > self._clients:
            self._left.popitem(last=False)
        return allowed

    def _now(self, client: str) -> float:
        left, when = self._left.get(client, (self._burst, 0.0))
        return min(self._burst, left + (self._clock() - when) * self._per_second)
