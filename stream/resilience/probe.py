"""Probe a server within a timeout, and say in plain words where connecting fails.

FFmpeg does not distinguish a wrong name, a closed port, a broken network and silence. So we look the name up,
connect and hang up, before FFmpeg connects.
"""

from __future__ import annotations

import concurrent.futures
import errno
import math
import os
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import Any

from engines.errors import Kind, StreamError, UsageError
from stream.uri import Uri

PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
"""Default ports, for URLs without a port."""

Address = tuple[Any, Any, int, str, Any]
"""An address as `socket.getaddrinfo` returns it."""

GivenUp = Callable[[], bool]
"""Returns whether nobody waits for the answer any more."""

_LOOK = 0.05
"""Seconds between two calls of `GivenUp`."""


def port_of(uri: Uri) -> int:
    """Return the port of a network URL."""
    return uri.port or PORTS[uri.scheme]


def url_of(uri: Uri) -> str:
    """Return a network URL as FFmpeg takes it: without `transport`, which is ours, in RTSP's queries."""
    place, mark, query = uri.url.partition("?")
    if not uri.scheme.startswith("rtsp"):
        return uri.url
    kept = "&".join(part for part in query.split("&") if part and not part.startswith("transport="))
    return place + (mark + kept if kept else "")


def rtsp_options(uri: Uri) -> dict[str, str]:
    """Return FFmpeg's options for an RTSP stream: over TCP or UDP, and only the protocols that it needs.

    Raises:
        UsageError: an unknown transport, or UDP for an encrypted stream.
    """
    transport = uri.options.get("transport", "tcp")
    if transport not in ("tcp", "udp"):
        raise UsageError(f"Unknown transport {transport!r} in {uri}. Known: tcp, udp.")
    if transport == "udp" and uri.scheme == "rtsps":  # FFmpeg would use TCP without saying so
        raise UsageError(f"{uri} asks for UDP, but rtsps encrypts TCP only. Leave out transport=udp.")
    return {"protocol_whitelist": "rtsp,rtsps,rtp,srtp,udp,tcp,tls", "rtsp_transport": transport}


def reach(uri: Uri, deadline: float, given_up: GivenUp, wrong: type[StreamError]) -> Address | None:
    """Check that there is a server behind a URL.

    Args:
        uri: a network URL.
        deadline: `time.monotonic()` seconds.
        given_up: called often; True ends the waiting.
        wrong: the class of the error to raise.

    Returns:
        The address that answers, or None if `given_up` ended the waiting.

    Raises:
        StreamError: of the class `wrong`: no machine has that name, nothing answers in time, nothing listens,
            or there is no route.
    """
    limit = f"within {max(1, math.ceil(deadline - time.monotonic()))} s"
    addresses: Sequence[Address] = ()
    try:
        addresses = _look_up(uri.host.strip("[]"), port_of(uri), deadline, given_up)
        return _knock(addresses, deadline, given_up)
    except (OSError, UnicodeError) as error:
        if given_up():
            return None
        raise wrong(*_in_words(error, uri, limit, is_found=bool(addresses))) from None


def ask(address: Address, words: bytes, deadline: float, given_up: GivenUp) -> bytes:
    """Return the beginning of a server's answer; b"" if it hangs up.

    Args:
        address: the server's address.
        words: the request to send.
        deadline: `time.monotonic()` seconds.
        given_up: called often; True ends the waiting.

    Raises:
        TimeoutError: the server sends nothing in time, or `given_up` ended the waiting.
        OSError: such as `ConnectionResetError`.
    """
    with _connected(address, deadline, given_up) as caller:
        caller.send(words)
        _wait(caller, select.POLLIN, deadline, given_up)
        return caller.recv(256)


def locked_out(uri: Uri) -> str:
    """Return the message for a server that needs a password, or does not accept the one it got."""
    if uri.user is None:
        return f"{uri} wants a user and a password (401). Put both into the URL, before the host."
    return f"{uri} does not accept this user and password (401). Check both."


def _look_up(host: str, port: int, deadline: float, given_up: GivenUp) -> Sequence[Address]:
    """Look a name up on a thread of its own, since that has no timeout; a late thread ends by itself."""
    with suppress(socket.gaierror):  # an address needs no look-up
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    found: Future[Sequence[Address]] = Future()

    def find() -> None:
        try:
            found.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except BaseException as error:  # any error is raised again in the thread that waits
            found.set_exception(error)

    threading.Thread(target=find, name="look up", daemon=True).start()
    while not found.done():
        if given_up() or time.monotonic() > deadline:
            raise TimeoutError
        concurrent.futures.wait([found], _LOOK)
    return found.result()


def _knock(addresses: Sequence[Address], deadline: float, given_up: GivenUp) -> Address:
    """Return the first address that answers; all share the time until the deadline."""
    failed: OSError = TimeoutError()
    for place, address in enumerate(addresses):
        share = time.monotonic() + (deadline - time.monotonic()) / (len(addresses) - place)
        try:
            with _connected(address, share, given_up):
                return address
        except OSError as error:
            failed = error
    raise failed


@contextmanager
def _connected(address: Address, deadline: float, given_up: GivenUp) -> Iterator[socket.socket]:
    family, kind, protocol, _, place = address
    with socket.socket(family, kind, protocol) as caller:
        caller.setblocking(False)
        _check(caller.connect_ex(place))
        _wait(caller, select.POLLOUT, deadline, given_up)
        _check(caller.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
        yield caller


def _wait(caller: socket.socket, event: int, deadline: float, given_up: GivenUp) -> None:
    poll = select.poll()
    poll.register(caller, event)
    while not poll.poll(1000 * _LOOK):
        if given_up() or time.monotonic() > deadline:
            raise TimeoutError


def _check(code: int) -> None:
    if code not in (0, errno.EINPROGRESS):
        raise OSError(code, os.strerror(code))  # Python picks the subclass by the number


def _in_words(error: OSError | UnicodeError, uri: Uri, limit: str, *, is_found: bool) -> tuple[str, Kind]:
    if isinstance(error, socket.gaierror | UnicodeError):  # UnicodeError: an invalid name
        return (
            f"{uri}: no machine is called {uri.host!r}. Check the name, or give its address.",
            "unreachable",
        )
    if isinstance(error, ConnectionRefusedError):
        said = f"nothing listens on port {port_of(uri)} there. Check the port, and that the server runs."
        return f"{uri} refused the connection: {said}", "refused"
    if isinstance(error, TimeoutError) and is_found:
        said = f"nobody answers {limit}. Check the address, and that the machine is on."
        return f"{uri}: {said}", "timeout"
    if isinstance(error, TimeoutError):
        said = f"the name {uri.host!r} was not found {limit}. Check the network, or give an address."
        return f"{uri}: {said}", "unreachable"
    return f"{uri} cannot be reached: {error.strerror or error}. Check the network.", "unreachable"
