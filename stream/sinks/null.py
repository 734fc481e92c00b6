"""The sink that keeps nothing: for measuring, and for reports without pictures."""

from __future__ import annotations

from stream.frame import Frame


class NullSink:
    """Takes every frame and forgets it."""

    keeps_all = True

    def write(self, frame: Frame) -> bool:
        """Take one frame."""
        return True

    def close(self) -> None:
        """Do nothing."""
