"""Discard frames: a sink for measurements, and for reports without pictures."""

from __future__ import annotations

from stream.frame import Frame


class NullSink:
    """Discard every frame."""

    keeps_all = True

    def write(self, frame: Frame) -> bool:
        """Take one frame."""
        return True

    def close(self) -> None:
        """Do nothing."""
