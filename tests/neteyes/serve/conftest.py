"""A mirror that is served on loopback, and drawn frames to send."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from neteyes.serve.serve_options import ServeOptions
from neteyes.serve.server import MirrorServer
from stream.frame import Image
from stream.scenes.duel import Duel

QUICK = {"listen": "127.0.0.1:0", "height": 192, "size": "352x192"}
"""Options of a server that opens one size of the nets, not all three."""


@pytest.fixture(scope="session")
def mirror() -> Iterator[MirrorServer]:
    """A mirror for visitors with cameras of their own."""
    with MirrorServer(ServeOptions(listen="127.0.0.1:0", height=192)) as server:
        yield server


@pytest.fixture
def serve() -> Iterator[Callable[..., MirrorServer]]:
    """`serve(visitors=1)` serves a mirror with options of its own until the test ends."""
    servers: list[MirrorServer] = []

    def begin(**options: Any) -> MirrorServer:
        server = MirrorServer(ServeOptions(**(QUICK | options)))
        servers.append(server)
        return server.__enter__()

    yield begin
    for server in servers:
        server.__exit__(None, None, None)


@pytest.fixture(scope="session")
def duel() -> Duel:
    """A drawn duel, whose labels are known."""
    return Duel(0, (640, 360))


def block(colour: tuple[int, int, int]) -> Image:
    """Return a frame of one colour, BGR."""
    return np.full((180, 320, 3), colour, np.uint8)
