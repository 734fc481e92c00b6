"""The protocol between a camera's process and its reader, over two pipes.

The reader sends one byte to ask for one frame, so that no frame waits and ages in the pipe; the end of this
pipe means that the reader is gone. The process sends records, each a header and the bytes that it announces.
"""

import struct
from enum import IntEnum

HEAD = struct.Struct("<BdIIII")
"""Header of a record: its kind; captured_at in `time.monotonic()` seconds; height and width in pixels; number
of bytes that came from the camera for it; number of bytes that follow. Only frames have the middle values;
other records have zeros there."""


class MessageKind(IntEnum):
    """The kinds of records, and the data after the header of each."""

    STARTED = 0
    """The process has started and loaded its libraries; nothing follows."""
    OPENED = 1
    """The camera is open; JSON `{"rate": frames a second or null}` follows."""
    FRAME = 2
    """A picture, uint8 (height, width, 3) BGR."""
    DAMAGED = 3
    """A frame came that cannot be shown; nothing follows."""
    FAILED = 4
    """The camera cannot be used, and the process ends; JSON `{"kind": …, "message": …}` follows."""
    ENDED = 5
    """Never sent: the process is gone."""
