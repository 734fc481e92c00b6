"""Carry frames as JPEGs over the WebSocket: decode those of a visitor, encode the mirror's views."""

from __future__ import annotations

import struct

import cv2
import numpy as np

from engines.errors import UsageError
from stream.frame import Image

QUALITY = 80
"""Of the JPEGs that are sent, 0–100."""

MOST_BYTES = 4 * 1024 * 1024
"""The largest JPEG that is taken."""

MOST_PIXELS = 3840 * 2160
"""The largest picture that is decoded."""

MOST_SCANS = 32
"""The most scans that a JPEG may have: each costs as much as a picture. A progressive one has about ten."""

_SCAN, _END = b"\xff\xda", b"\xff\xd9"  # the markers SOS and EOI: no other data of a JPEG holds them

_HEADER = struct.Struct(">III")
_NUMBER = struct.Struct(">I")
_ENOUGH = 540
"""Rows or columns, the smaller number, that are left where a picture is decoded at half its size or less."""


def unpack(data: bytes) -> tuple[int, bytes]:
    """Return the number and the JPEG of a page's binary message.

    Raises:
        UsageError: it is too short or too large.
    """
    if len(data) <= _NUMBER.size:
        raise UsageError(
            "A frame is a number, uint32 big-endian, and a JPEG behind it; this one is too short."
        )
    if len(data) > MOST_BYTES:
        raise UsageError(f"A frame has {MOST_BYTES // 1024**2} MB at most. Send smaller pictures.")
    (number,) = _NUMBER.unpack_from(data)
    return number, data[_NUMBER.size :]


def pack(number: int, age_ms: float, jpeg: bytes) -> bytes:
    """Return the binary message for a page: number, age in milliseconds, flags, JPEG."""
    return _HEADER.pack(number % 2**32, min(max(round(age_ms), 0), 2**32 - 1), 0) + jpeg


def decode(jpeg: bytes) -> Image:
    """Decode a stranger's JPEG; a large one at a half, a quarter or an eighth of its size.

    Returns:
        uint8 (H, W, 3) BGR.

    Raises:
        UsageError: it is no JPEG, too large or damaged.
    """
    height, width = size_of(jpeg)
    if height * width > MOST_PIXELS:
        raise UsageError(
            f"The picture has {width}x{height} pixels; 3840x2160 is the most. Send smaller ones."
        )
    if jpeg.count(_SCAN) > MOST_SCANS:
        raise UsageError(f"The JPEG has more than {MOST_SCANS} scans. Send one that is not progressive.")
    if not jpeg.rstrip(b"\0").endswith(_END):
        raise UsageError("The JPEG is cut off: its end is missing.")
    flag, least = cv2.IMREAD_COLOR, min(height, width)
    for factor, reduced in ((2, cv2.IMREAD_REDUCED_COLOR_2), (4, cv2.IMREAD_REDUCED_COLOR_4)):
        if least // factor >= _ENOUGH:
            flag = reduced
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), flag | cv2.IMREAD_IGNORE_ORIENTATION)
    if image is None:
        raise UsageError("The JPEG is damaged.")
    return np.asarray(image, np.uint8)


def encode(view: Image) -> bytes:
    """Return a view, uint8 (H, W, 3) BGR, as JPEG."""
    done, data = cv2.imencode(".jpg", view, (cv2.IMWRITE_JPEG_QUALITY, QUALITY))
    assert done
    return data.tobytes()


def size_of(jpeg: bytes) -> tuple[int, int]:
    """Return the (height, width) in the header of a JPEG, without decoding it.

    Raises:
        UsageError: it is no JPEG, or its header is damaged.
    """
    if jpeg[:2] != b"\xff\xd8":
        raise UsageError("The frame is no JPEG.")
    place = 2
    while place + 4 <= len(jpeg):
        if jpeg[place] != 0xFF:
            break
        marker = jpeg[place + 1]
        if marker == 0xFF:  # padding before a marker
            place += 1
            continue
        length = int.from_bytes(jpeg[place + 2 : place + 4], "big")
        # SOF0 to SOF15; among them DHT, JPG and DAC have numbers too (ISO/IEC 10918-1, table B.1).
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            if place + 9 > len(jpeg):
                break
            height, width = struct.unpack_from(">HH", jpeg, place + 5)
            if height and width:
                return height, width
            break
        if length < 2:
            break
        place += 2 + length
    raise UsageError("The JPEG's header is damaged.")
