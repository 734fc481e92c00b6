"""Read pixels of a display with FFmpeg's x11grab: the grabbing process, run as a file by its path.

PyAV and OpenCV both bring a library `libxcb-shm` of one name, and each works with the other libraries of its
own package only: in one process with OpenCV, x11grab crashes. So this process imports neither OpenCV nor
anything of neteyes. It ends with its input, and may be killed at any time.

In: a line of JSON for each picture, [display, window or null, left, top, width, height].
Out: an `ANSWER` of zeros when it has started; then an `ANSWER` to each line, and the bytes that it announces:
the pixels, uint8 (height, width, 3) BGR; or, with height 0, an error in words.
"""

import json
import os
import signal
import struct
import sys
from collections.abc import Iterator
from typing import Any

import av

ANSWER = struct.Struct("<III")
"""Header of an answer: height and width in pixels, number of bytes that follow."""


def pictures(
    display: str, window: int | None, left: int, top: int, width: int, height: int
) -> Iterator[av.VideoFrame]:
    """Yield the pixels of an area each time that they are asked for, without the pointer.

    Args:
        display: the display's name.
        window: number of the window that the area is in; None for the whole desktop.
        left: the area's place, in pixels.
        top: the area's place, in pixels.
        width: pixels.
        height: pixels.
    """
    options = {
        "video_size": f"{width}x{height}",
        "grab_x": str(left),
        "grab_y": str(top),
        "draw_mouse": "0",
        "framerate": "1000",  # x11grab sleeps until a frame is due; here it is due when asked for
    }
    if window is not None:
        options["window_id"] = str(window)
    with av.open(display, format="x11grab", options=options) as container:
        for frame in container.decode(video=0):
            yield frame.reformat(format="bgr24")


def main() -> None:
    """Answer requests until the input ends."""
    for number in (signal.SIGINT, signal.SIGTERM):  # the reader ends this process
        signal.signal(number, signal.SIG_IGN)
    out = os.dup(1)
    os.dup2(2, 1)  # text that libraries print must not mix with the pixels
    _write(out, ANSWER.pack(0, 0, 0))
    asked = ""
    grabbed: Iterator[av.VideoFrame] = iter(())
    for line in sys.stdin:
        if line != asked:
            asked, grabbed = line, pictures(*json.loads(line))
        try:
            picture = next(grabbed)
            pixels = _rows(picture)
            _write(out, ANSWER.pack(picture.height, picture.width, len(pixels)), pixels)
        except (av.FFmpegError, StopIteration) as error:
            asked = ""  # opened anew at the next request
            words = (getattr(error, "strerror", None) or "nothing came").encode()
            _write(out, ANSWER.pack(0, 0, len(words)), words)


def _rows(picture: av.VideoFrame) -> bytes:
    """Return the pixels of a BGR frame without the bytes that FFmpeg puts behind each row."""
    plane = picture.planes[0]
    data, step, row = memoryview(plane), plane.line_size, 3 * picture.width
    return b"".join(data[start : start + row] for start in range(0, step * picture.height, step))


def _write(out: int, *parts: Any) -> None:
    for part in parts:
        data = memoryview(part)
        while data:
            data = data[os.write(out, data) :]


if __name__ == "__main__":
    main()
