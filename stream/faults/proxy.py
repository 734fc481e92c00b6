"""A TCP proxy on this machine that passes on the bytes of a server, with faults."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable

from stream.faults.framing import Framing
from stream.faults.schedule import Faults

HOST = "127.0.0.1"

_SIZE = 65536
_STEP = 0.05
"""Seconds of a slow connection that are sent at once."""
_CONNECT = 5.0
_LONGEST = 3600.0
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER, on with no time: closing sends RST."""


class Proxy:
    """Proxy one client to its server, on a port of 127.0.0.1 and a thread of its own.

    The port is reserved from the start, but nothing listens yet: connecting is refused.

    Args:
        faults: the faults of the connection.
        framing: splits the server's bytes on one connection into pieces.
        server: "host" or "host:port" of the server, as requests name it.

    Attributes:
        place: "127.0.0.1:port", where a client connects to.
        port: the port alone.
    """

    def __init__(self, faults: Faults, framing: Callable[[], Framing], server: str) -> None:
        self._faults, self._framing = faults, framing
        self._socket = socket.socket()
        self._socket.bind((HOST, 0))
        self.port: int = self._socket.getsockname()[1]
        self.place = f"{HOST}:{self.port}"
        # A web server with several host names needs its own name.
        self._host = (f"\r\nHost: {self.place}\r\n".encode(), f"\r\nHost: {server}\r\n".encode())
        self._plugs: list[socket.socket] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over = asyncio.Event()
        self._links: set[asyncio.Task[None]] = set()
        self._thread: threading.Thread | None = None

    def open(self, server: tuple[str, int]) -> None:
        """Listen, and connect each client to `server`, an address and a port."""
        self._server = server
        self._socket.listen()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=(self._loop,), name="faults", daemon=True)
        self._thread.start()

    def plug(self) -> None:
        """Never answer connections, like a network that is gone: our own ones fill the backlog."""
        self._socket.listen(0)
        for _ in range(4):
            plug = socket.socket()
            plug.setblocking(False)
            plug.connect_ex((HOST, self.port))
            self._plugs.append(plug)

    def close(self) -> None:
        """Close all connections, the port and the thread."""
        if self._thread and self._loop:
            with contextlib.suppress(RuntimeError):  # it has ended already
                self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join()
        for one in (*self._plugs, self._socket):
            one.close()

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            loop.run_until_complete(self._serve())
        finally:
            loop.close()

    async def _serve(self) -> None:
        # asyncio's own server leaks connections that come in while it closes.
        loop = asyncio.get_running_loop()
        self._socket.setblocking(False)
        loop.add_reader(self._socket, self._admit, loop)
        await self._over.wait()
        loop.remove_reader(self._socket)
        links = tuple(self._links)
        for link in links:
            link.cancel()
        await asyncio.gather(*links, return_exceptions=True)
        await asyncio.sleep(0)  # sockets close one turn after their transports

    def _admit(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            client, _ = self._socket.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # the client has left already
        link = loop.create_task(self._relay(client))
        self._links.add(link)  # the loop holds only weak references to tasks
        link.add_done_callback(self._links.discard)
        link.add_done_callback(lambda _: client.close())  # also if the task was cancelled before it began

    async def _relay(self, client: socket.socket) -> None:
        """Serve one client until either side hangs up, or a fault ends the connection."""
        asked, answered = await asyncio.open_connection(sock=client, limit=_SIZE)
        writers = [answered]
        try:
            first = await asked.read(_SIZE)
            if not first:
                return  # the client only checked whether the port is open
            async with asyncio.timeout(_CONNECT):
                reader, writer = await asyncio.open_connection(*self._server, limit=_SIZE)
            writers.append(writer)
            jobs = [
                asyncio.ensure_future(job)
                for job in (self._up(first, asked, writer), self._down(reader, answered), self._doom())
            ]
            try:
                done, _ = await asyncio.wait(jobs, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for job in jobs:
                    job.cancel()
                await asyncio.gather(*jobs, return_exceptions=True)
            for job in done:
                job.result()
            answered.close()  # bytes that were sent already still arrive
            await answered.wait_closed()
        except OSError:
            _reset(answered)
        finally:
            for one in writers:
                one.transport.abort()
            await asyncio.sleep(0)

    async def _up(self, first: bytes, asked: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on the client's bytes; only a web server's name is corrected, in requests that come whole."""
        data = first
        while data:
            await self._silence()
            writer.write(data.replace(*self._host))
            await writer.drain()
            data = await asked.read(_SIZE)

    async def _down(self, reader: asyncio.StreamReader, answered: asyncio.StreamWriter) -> None:
        """Pass on the server's bytes, with faults."""
        faults, framing = self._faults, self._framing()
        while data := await reader.read(_SIZE):
            out = bytearray()
            for piece in framing(data):
                if piece.kind == "text":
                    out += piece.whole()
                    continue
                lost, chance = faults.drops(), faults.damages()
                out += piece.lost() if lost else piece.damaged(chance) if chance else piece.whole()
            await self._send(out, answered)
        await self._send(framing.rest(), answered)

    async def _send(self, data: bytes | bytearray, answered: asyncio.StreamWriter) -> None:
        step = max(int(self._faults.slow * _STEP), 1) if self._faults.slow else len(data)
        for at in range(0, len(data), step or 1):
            await self._silence()
            answered.write(bytes(data[at : at + step]))
            await answered.drain()
            if self._faults.slow:
                await asyncio.sleep(step / self._faults.slow)

    async def _silence(self) -> None:
        """Wait during a stall or hole; the connection stays open."""
        faults = self._faults
        while left := max(faults.stall.left(faults.now), faults.hole.left(faults.now)):
            await asyncio.sleep(left)

    async def _doom(self) -> None:
        """Wait until a fault cuts the connection.

        Raises:
            ConnectionResetError: when it is to be cut.
        """
        faults = self._faults
        cut = faults.now + faults.reset
        while (left := min(cut - faults.now, faults.refuse.ahead(faults.now))) > 0:
            await asyncio.sleep(min(left, _LONGEST))
        raise ConnectionResetError


def _reset(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
