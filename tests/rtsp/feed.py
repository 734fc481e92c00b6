"""Draws a scene live and encodes it as a camera would, for server.py to serve.

Usage: feed.py SCENE LOG | server.py live

Each frame's index and the monotonic time when it was drawn are appended to LOG, as DRAWN records.
"""

import struct
import sys
import threading
from fractions import Fraction

import av

from stream.sources import open_source

HEAD = struct.Struct(">dd?I")
DRAWN = struct.Struct(">Qd")


def main(scene: str, log: str) -> None:
    source = open_source(scene)
    encoder = None
    with open(log, "ab", buffering=0) as drawn:
        for frame in source.frames(threading.Event()):
            if encoder is None:
                encoder = av.CodecContext.create("libx264", "w")
                encoder.height, encoder.width = frame.image.shape[:2]
                encoder.pix_fmt, encoder.time_base, encoder.framerate = (
                    "yuv420p",
                    Fraction(1, 90000),
                    Fraction(30),
                )
                encoder.gop_size, encoder.thread_count = 30, 1
                encoder.options = {"preset": "ultrafast", "tune": "zerolatency"}
            drawn.write(DRAWN.pack(frame.index, frame.captured_at))
            picture = av.VideoFrame.from_ndarray(frame.image, "bgr24").reformat(format="yuv420p")
            picture.pts, picture.time_base = round(frame.pts * 90000), encoder.time_base
            for packet in encoder.encode(picture):
                sys.stdout.buffer.write(HEAD.pack(frame.pts, frame.pts, packet.is_keyframe, packet.size))
                sys.stdout.buffer.write(bytes(packet))
                sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
