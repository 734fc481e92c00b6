"""Publish H.264 packets from standard input over RTSP: the publishing process, run as a file by its path.

FFmpeg connects, sends and hangs up without a timeout, and PyAV holds the interpreter lock meanwhile. So this
is done in a process of its own, which can be killed. If the parent is gone, the process ends with its input,
or the kernel kills it when a call takes too long. It imports nothing of neteyes, so that it starts fast.

In: a line of JSON (url, options, size, rate, limit), then packets: `PACKET` and their bytes. Nothing
of it is on the command line, where every user could read the password.
Out: a line of JSON for each packet: null, or the name of the error and its text.
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
"""Format of a packet's header: ticks, whether it is a key frame, number of bytes that follow."""

_UNSENT = 128 * 1024
"""Bytes that may wait in the system for a slow network: with the system's own limit, the delay would grow."""


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
                os._exit(1)  # a broken connection is not closed: closing might hang
            if not tuned:
                _tune_sockets()
                tuned = True
            _say(out, None)  # with the alarm still set: the parent may be gone, and writing would hang
            _give_it(0)
        _give_it(job["limit"])
        container.close()


def _give_it(seconds: float) -> None:
    """Let the kernel kill this process after so many seconds, whatever it hangs in; 0 for never."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _say(out: BinaryIO, answer: list[str] | None) -> None:
    out.write(json.dumps(answer).encode() + b"\n")
    out.flush()


def _named(error: Exception) -> list[str]:
    """Return the error's name and short text; its long text has the URL with the password."""
    return [type(error).__name__, getattr(error, "strerror", None) or ""]


def _tune_sockets() -> None:
    """Let sockets send at once and buffer little: FFmpeg leaves both to the system."""
    with suppress(OSError):  # only Linux has this /proc
        for number in map(int, os.listdir("/proc/self/fd")):
            with suppress(OSError):
                if stat.S_ISSOCK(os.fstat(number).st_mode):
                    with socket.socket(fileno=os.dup(number)) as found:
                        found.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _UNSENT)
                        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


if __name__ == "__main__":
    main()
