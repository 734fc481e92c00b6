"""The process that publishes: H.264 packets in on standard input, RTSP out. Run as a file, by its path.

FFmpeg connects, asks and hangs up without a limit, and PyAV holds the whole interpreter meanwhile. So it does
that here, where it can be killed. The kernel does so by itself where a call takes too long and nobody is left
to see it; and with the end of its input it ends. It imports nothing of ours: it has to start in a blink.

In: a line of JSON (url, options, size, rate, limit), then packets: `PACKET` and their bytes. Nothing
of it is on the command line, where everybody could read the password.
Out: a line of JSON for each packet; null, or the name of what went wrong and its text.
"""

import json
import os
import signal
import socket
import stat
import struct
import sys
from contextlib import suppress
from fractions import Fraction
from typing import BinaryIO

import av

PACKET = struct.Struct(">q?I")
"""Ticks, whether a key frame, bytes that follow."""

_UNSENT = 128 * 1024
"""Bytes that may wait in the system for a slow network: with what it likes to take, the delay would grow."""


def main() -> None:
    """Publish until the input ends or something goes wrong."""
    inp, out = sys.stdin.buffer, sys.stdout.buffer
    job = json.loads(inp.readline())
    height, width = job["size"]
    base = Fraction(1, job["ticks"])
    with suppress(BrokenPipeError):
        container = av.open(job["url"], "w", format="rtsp", options=job["options"])
        stream = container.add_mux_stream(
            "h264", rate=Fraction(job["rate"]), width=width, height=height, time_base=base
        )
        tuned = False
        while len(head := inp.read(PACKET.size)) == PACKET.size:
            ticks, is_key, size = PACKET.unpack(head)
            packet = av.Packet(inp.read(size))
            packet.pts = packet.dts = ticks
            packet.time_base, packet.is_keyframe, packet.stream = base, is_key, stream
            _give_it(job["limit"])
            try:
                container.mux(packet)  # the first one connects
            except (OSError, av.FFmpegError) as error:
                _say(out, _named(error))
                os._exit(1)  # a connection that broke is not asked to close: it might hang
            if not tuned:
                _tune_sockets()
                tuned = True
            _say(out, None)  # with the limit, for there may be nobody any more who would take it
            _give_it(0)
        _give_it(job["limit"])
        container.close()


def _give_it(seconds: float) -> None:
    """Let the kernel end this process after so many seconds, 0 for never, whatever it is stuck in."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _say(out: BinaryIO, answer: list[str] | None) -> None:
    out.write(json.dumps(answer).encode() + b"\n")
    out.flush()


def _named(error: Exception) -> list[str]:
    """Return the error's name and text; not the URL, which is in its longer text with the password."""
    return [type(error).__name__, getattr(error, "strerror", None) or ""]


def _tune_sockets() -> None:
    """Send at once what there is to send, and let little wait: FFmpeg leaves both to the system."""
    with suppress(OSError):  # there is no /proc elsewhere
        for number in map(int, os.listdir("/proc/self/fd")):
            with suppress(OSError):
                if stat.S_ISSOCK(os.fstat(number).st_mode):
                    with socket.socket(fileno=os.dup(number)) as found:
                        found.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _UNSENT)
                        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


if __name__ == "__main__":
    main()
