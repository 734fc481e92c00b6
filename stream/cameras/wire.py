"""What a camera's process and its reader say to each other, over two pipes.

The reader asks: one byte for one frame, so that no frame waits in the pipe and grows old there; the end of
the pipe means that nobody reads any more. The process tells: records, each a head and the bytes it announces.
"""

import struct
from enum import IntEnum

HEAD = struct.Struct("<BdIIII")
"""What it is; captured_at in `time.monotonic()` seconds; height and width in pixels; how many bytes came from
the camera for it; how many bytes follow. What is not a frame has zeros in the middle."""


class MessageKind(IntEnum):
    """What a record is, and what follows its head."""

    STARTED = 0
    """The process is up and has its libraries; nothing follows."""
    OPENED = 1
    """The camera is open; JSON `{"rate": frames a second or null}` follows."""
    FRAME = 2
    """A picture, uint8 (height, width, 3) BGR."""
    DAMAGED = 3
    """A frame came that cannot be shown; nothing follows."""
    FAILED = 4
    """The camera is of no use, and the process ends; JSON `{"kind": …, "message": …}` follows."""
    ENDED = 5
    """Never sent: the process is gone."""
