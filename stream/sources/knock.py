"""Connect and hang up: tells a closed port, a cut road and silence apart, which FFmpeg does not."""

import errno
import os
import select
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any

_LOOK = 50
"""Milliseconds between two looks whether anybody still wants to know."""

Address = tuple[Any, Any, int, str, Any]
"""As `socket.getaddrinfo` gives it."""


def knock(
    addresses: Sequence[Address], deadline: float, given_up: Callable[[], bool], saying: bytes = b""
) -> bytes:
    """Connect to the first of these that answers, and hang up.

    Args:
        addresses: they share the time there is.
        deadline: `time.monotonic()` seconds.
        given_up: whether nobody waits for the answer any more.
        saying: what to send; then wait for the first words of an answer.

    Returns:
        Those words; b"" if the other side hangs up, or was not spoken to.

    Raises:
        TimeoutError: nobody answers, or nobody waits.
        OSError: the last one's reason, such as `ConnectionRefusedError`.
    """
    failed: OSError = TimeoutError()
    for place, (family, kind, protocol, _, address) in enumerate(addresses):
        share = time.monotonic() + (deadline - time.monotonic()) / (len(addresses) - place)
        try:
            with socket.socket(family, kind, protocol) as caller:
                caller.setblocking(False)
                _check(caller.connect_ex(address))
                _wait(caller, select.POLLOUT, share, given_up)
                _check(caller.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
                if not saying:
                    return b""
                caller.send(saying)
                _wait(caller, select.POLLIN, share, given_up)
                return caller.recv(256)
        except OSError as error:
            failed = error
    raise failed


def _wait(caller: socket.socket, event: int, deadline: float, given_up: Callable[[], bool]) -> None:
    poll = select.poll()
    poll.register(caller, event)
    while not poll.poll(_LOOK):
        if given_up() or time.monotonic() > deadline:
            raise TimeoutError


def _check(code: int) -> None:
    if code not in (0, errno.EINPROGRESS):
        raise OSError(code, os.strerror(code))  # of the class that belongs to the number
