"""Record in segments: each is a clip of its own, and no frame is in two of them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from engines.errors import SinkError
from stream.files import check_folder, reason
from stream.frame import Frame
from stream.sinks.clip import ClipSink
from stream.sinks.retention import Retention

log = logging.getLogger(__name__)

_TIDY_EVERY = 10.0
"""Seconds between two checks of the retention, while one segment grows."""


class SegmentsSink:
    """Write each frame's view to a segment, and begin the next one when it is long enough."""

    keeps_all = True

    def __init__(self, retention: Retention, seconds: float, make_clip: Callable[[Path], ClipSink]) -> None:
        """Check the folder.

        Args:
            retention: names the segments and deletes the oldest.
            seconds: length of a segment, by the frames' own times; the first frame after it begins the next.
            make_clip: opens a new file as a clip that begins at zero.

        Raises:
            SinkError: the folder is missing or not writable.
        """
        check_folder(retention.path.parent)
        self._retention, self._seconds, self._make_clip = retention, seconds, make_clip
        self._clip: ClipSink | None = None
        self._path = retention.path
        self._start = self._tidied = 0.0

    def write(self, frame: Frame) -> bool:
        """Encode one frame.

        Raises:
            SinkError: the disk is full, or a similar error; the frames written so far can be played.
        """
        if self._clip and frame.pts - self._start >= self._seconds:
            self._end()
        # Delete before writing: on a full disk nothing can be written until something was deleted.
        if self._clip is None or time.monotonic() - self._tidied >= _TIDY_EVERY:
            self._tidied = time.monotonic()
            self._retention.tidy(self._path if self._clip else None)
        try:
            clip = self._clip or self._begin(frame.pts)
            clip.write(frame)
        except OSError as error:
            raise SinkError(f"Cannot write segments of '{self._retention.path}': {reason(error)}.") from error
        return True

    def close(self) -> None:
        """Finish the last segment.

        Raises:
            SinkError: its end cannot be written.
        """
        if self._clip:
            self._end()

    def _begin(self, pts: float) -> ClipSink:
        self._path = self._retention.next_path()
        self._clip = self._make_clip(self._path)
        self._start = pts
        message = f"Recording '{self._path.name}' of '{self._retention.path}'."
        log.info(message, extra={"fields": {"sink": str(self._retention.path), "segment": str(self._path)}})
        return self._clip

    def _end(self) -> None:
        clip, self._clip = self._clip, None
        assert clip
        try:
            clip.close()
        finally:
            self._retention.ended(self._path)
