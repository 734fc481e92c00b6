"""The process that publishes, as its parent sees it: packets in, an answer for each, within a limit."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

from stream.fit import Size
from stream.sinks.encode import TICKS
from stream.sinks.publish_worker import PACKET

_BYE = 0.5
"""Seconds that the process has to take its leave of the server."""


class Refusal(Exception):
    """The server, or the way to it, did not take a packet.

    Attributes:
        name: what went wrong: the name of FFmpeg's error, `UnknownHost`, `Silence` or `Gone`.
        text: the same in FFmpeg's words; no URL is in it.
    """

    def __init__(self, name: str, text: str = "") -> None:
        super().__init__(name)
        self.name, self.text = name, text


class Worker:
    """A process of its own that sends H.264 to an RTSP server; it connects with the first packet."""

    def __init__(
        self, url: str, options: dict[str, str], *, host: str, size: Size, rate: Fraction, limit: float
    ) -> None:
        """Start the process.

        Args:
            url: where to, with user and password; they go through a pipe, so no list of processes shows them.
            options: FFmpeg's.
            host: the machine's name, to tell whether there is one.
            size: (H, W).
            rate: frames a second, for the description.
            limit: seconds after which the kernel ends the process if a call lasts longer.

        Raises:
            OSError: the system has no room for another process.
        """
        # By its path: nothing of ours is imported, and it starts in a blink. In a session of its own: the
        # Ctrl-C that is meant for us does not reach it.
        program = Path(__file__).with_name("publish_worker.py")
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            bufsize=0,
        )
        assert self._process.stdin and self._process.stdout
        self._inp, self._out = self._process.stdin, self._process.stdout
        os.set_blocking(self._inp.fileno(), False)
        job = {
            "url": url,
            "options": options,
            "host": host,
            "size": size,
            "rate": str(rate),
            "ticks": TICKS,
            "limit": limit,
        }
        self._unsent = json.dumps(job).encode() + b"\n"

    def send(self, data: bytes, ticks: int, *, is_key: bool, limit: float) -> None:
        """Send one packet, and wait until it is on its way.

        Args:
            data: an access unit in Annex B; key frames bring their parameter sets along.
            ticks: when it is shown.
            is_key: whether it is a key frame.
            limit: seconds that this may take.

        Raises:
            Refusal: it was not taken, or not in time.
        """
        rest = memoryview(self._unsent + PACKET.pack(ticks, is_key, len(data)) + data)
        self._unsent = b""
        answer = b""
        deadline = time.monotonic() + limit
        with selectors.DefaultSelector() as ready:
            ready.register(self._out, selectors.EVENT_READ)
            ready.register(self._inp, selectors.EVENT_WRITE)
            while not answer.endswith(b"\n"):
                events = ready.select(max(0.0, deadline - time.monotonic()))
                if not events:
                    self.kill()  # it hangs, and would not take its leave either
                    raise Refusal("Silence")
                for key, _ in events:
                    if key.fileobj is self._out:
                        heard = os.read(self._out.fileno(), 4096)
                        if not heard:
                            raise Refusal("Gone")
                        answer += heard
                    elif rest:
                        with suppress(BrokenPipeError):  # what it has to say is still to be read
                            rest = rest[os.write(self._inp.fileno(), rest[:65536]) :]
                    else:
                        ready.unregister(self._inp)
        wrong = json.loads(answer)
        if wrong:
            raise Refusal(*wrong)

    def kill(self) -> None:
        """End it at once; what waits for it in another thread ends with `Gone`."""
        self._process.kill()

    def close(self) -> None:
        """Let it hang up, or kill it; it is gone afterwards."""
        self._inp.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_BYE)
        self._process.kill()
        self._process.wait()
        self._out.close()
