"""Control the publishing process: send packets to it, and get an answer to each within a timeout."""

from __future__ import annotations

import json
import os
import selectors
import time
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

from stream.fit import Size
from stream.resilience.killable import Child
from stream.sinks.encode import TICKS
from stream.sinks.publish_worker import PACKET

_BYE = 0.5
"""Seconds that the process has to close its connection to the server."""


class Refusal(Exception):
    """The server or the network did not accept a packet.

    Attributes:
        name: the failure: the name of FFmpeg's error, `Silence` or `Gone`.
        text: FFmpeg's message for it, without the URL.
    """

    def __init__(self, name: str, text: str = "") -> None:
        super().__init__(name)
        self.name, self.text = name, text


class Worker:
    """A process of its own that sends H.264 to an RTSP server; it connects with the first packet."""

    def __init__(
        self, url: str, options: dict[str, str], *, size: Size, rate: Fraction, limit: float
    ) -> None:
        """Start the process.

        Args:
            url: the server, with user and password; they go through a pipe, so no process list shows them.
            options: FFmpeg's.
            size: (H, W).
            rate: frames a second, for the stream's description.
            limit: seconds after which the kernel ends the process if a call lasts longer.

        Raises:
            OSError: the system cannot start another process.
        """
        # Run by its path: it imports nothing of neteyes, and so starts fast.
        self._child = Child([str(Path(__file__).with_name("publish_worker.py"))], job="publishes")
        os.set_blocking(self._child.inp.fileno(), False)
        job = {
            "url": url,
            "options": options,
            "size": size,
            "rate": str(rate),
            "ticks": TICKS,
            "limit": limit,
        }
        self._unsent = json.dumps(job).encode() + b"\n"

    def send(self, data: bytes, ticks: int, *, is_key: bool, limit: float) -> None:
        """Send one packet, and wait until the process has sent it on.

        Args:
            data: an access unit in Annex B; key frames bring their parameter sets along.
            ticks: when it is shown, in ticks of the encoder's clock.
            is_key: whether it is a key frame.
            limit: timeout in seconds.

        Raises:
            Refusal: the packet was not accepted, or not in time.
        """
        rest = memoryview(self._unsent + PACKET.pack(ticks, is_key, len(data)) + data)
        self._unsent = b""
        answer = b""
        inp, out = self._child.inp, self._child.out
        deadline = time.monotonic() + limit
        with selectors.DefaultSelector() as ready:
            ready.register(out, selectors.EVENT_READ)
            ready.register(inp, selectors.EVENT_WRITE)
            while not answer.endswith(b"\n"):
                events = ready.select(max(0.0, deadline - time.monotonic()))
                if not events:
                    self.kill()  # it hangs, and would hang while closing, too
                    raise Refusal("Silence")
                for key, _ in events:
                    if key.fileobj is out:
                        heard = os.read(out.fileno(), 4096)
                        if not heard:
                            raise Refusal("Gone")
                        answer += heard
                    elif rest:
                        with suppress(BrokenPipeError):  # its last answer may still be in the pipe
                            rest = rest[os.write(inp.fileno(), rest[:65536]) :]
                    else:
                        ready.unregister(inp)
        wrong = json.loads(answer)
        if wrong:
            raise Refusal(*wrong)

    def kill(self) -> None:
        """Kill the process; a `send` that waits in another thread ends with `Gone`."""
        self._child.kill()

    def close(self) -> None:
        """Let the process close its connection, or kill it, within a second."""
        self._child.end(_BYE)
        self._child.out.close()
