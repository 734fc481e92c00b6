"""Count the connections of a server, so that those who hold many open keep nobody else out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from neteyes.serve.access.rates import Rate
from neteyes.watching.addresses import Address

PATIENCE = 5.0
"""Seconds from a connection, or from the first byte of a further request, until its headers are complete."""

CONNECTION = "neteyes.connection"
"""The key of the `CountedConnection` in a request's `scope["state"]`."""


@dataclass(eq=False, slots=True)
class CountedConnection:
    """Represent one open connection.

    Attributes:
        client: the key of the client, from `client_of`.
        drop: closes the connection at once.
        admitted: whether a request that was let in came over it. Until then it is half-open for us.
    """

    client: str
    drop: Callable[[], None] = field(repr=False)
    admitted: bool = False


@dataclass(frozen=True, slots=True)
class Most:
    """Hold the most connections that are open at once.

    Attributes:
        all: of all clients.
        each: of one client. Behind a proxy, all visitors are one.
        half_open: of all clients, those over which no request was let in yet.
        half_open_each: of one client, the same.
    """

    all: int = 256
    each: int = 64
    half_open: int = 64
    half_open_each: int = 24


NEW = (20.0, 100)
"""New connections a second of one other machine, and how many may come at once: TLS for each costs time."""


class Connections:
    """Hold the open connections. One half-open connection too many drops the oldest of the client with most.

    All calls are made on the server's thread.
    """

    def __init__(self, most: Most = Most()) -> None:
        self._most = most
        self._new = Rate(*NEW)
        self._open: dict[CountedConnection, None] = {}  # in the order in which they came

    def __len__(self) -> int:
        return len(self._open)

    @property
    def half_open(self) -> int:
        """The number of connections over which no request was let in yet."""
        return sum(not one.admitted for one in self._open)

    def enter(self, client: str, drop: Callable[[], None]) -> CountedConnection | None:
        """Count a new connection; return None if it must be closed because there are too many.

        On this machine many may come at once: a proxy brings those of all visitors.
        """
        if not Address(client, 0).local and not self._new.take(client):
            return None
        waiting = Counter(one.client for one in self._open if not one.admitted)
        if waiting[client] >= self._most.half_open_each:
            self._drop_oldest_of(client)
        elif waiting.total() >= self._most.half_open:
            self._drop_oldest_of(waiting.most_common(1)[0][0])
        own = sum(one.client == client for one in self._open)
        if own >= self._most.each or len(self._open) >= self._most.all:
            return None
        connection = CountedConnection(client, drop)
        self._open[connection] = None
        return connection

    def leave(self, connection: CountedConnection) -> None:
        """Forget a connection that is closed; may be called again."""
        self._open.pop(connection, None)

    def _drop_oldest_of(self, client: str) -> None:
        oldest = next(one for one in self._open if one.client == client and not one.admitted)
        self.leave(oldest)
        oldest.drop()
