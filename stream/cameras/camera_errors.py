"""Errors of a camera, in words that say how to mend them."""

import sys

from engines.errors import Kind, SourceError
from stream.cameras.finder import present
from stream.cameras.v4l2 import holders


class CameraErrors:
    """Make the errors of one camera.

    Args:
        device: the camera.
        hint: a sentence that lists the cameras, or says what to do without one.
    """

    def __init__(self, device: str, hint: str) -> None:
        self._device, self._hint = device, hint
        self._name = f"The camera {device}"

    def gone(self, count: int) -> SourceError:
        """Return the error for a camera that was unplugged after `count` frames."""
        return SourceError(f"{self._name} was unplugged after {count} frames. {self._hint}", "unplugged")

    def shut(self, timeout: float) -> SourceError:
        """Return the error for a camera that did not open within `timeout` seconds."""
        return SourceError(
            f"{self._name} did not open within {timeout:g} s. Unplug it and plug it in again.", "timeout"
        )

    def silent(self, count: int) -> SourceError:
        """Return the error for a camera that gives no more frames after `count`."""
        if count:
            return SourceError(
                f"{self._name} stopped giving frames after {count}. Plug it in again.", "timeout"
            )
        return SourceError(
            f"{self._name} gives no frames. Plug it into another port, or ask for a smaller size. "
            f"{self._hint}",
            "timeout",
        )

    def damaged(self) -> SourceError:
        """Return the error for a camera that sends only damaged frames."""
        return SourceError(
            f"{self._name} sends only damaged frames. Take a shorter cable, another port, or a smaller size.",
            "damaged",
        )

    def refused(self, kind: Kind, message: str, count: int) -> SourceError:
        """Return the error for a camera that the system refuses with `message`, after `count` frames."""
        if kind == "unplugged" or not present(self._device):
            return self.gone(count)
        if kind == "busy":
            users = ", ".join(holders(self._device)) or "another program"
            return SourceError(f"{self._name} is used by {users}. Close that first.", kind)
        if kind == "denied" and sys.platform == "linux":
            return SourceError(
                f"{self._name} may only be used by the group `video`. Type `sudo usermod -aG video $USER` "
                "and log in again.",
                kind,
            )
        if kind == "no video":
            return SourceError(f"{self._name} gives no frames: {message}. {self._hint}", kind)
        return SourceError(f"{self._name} cannot be used: {message}. {self._hint}", kind)

    def crashed(self, fate: str) -> SourceError:
        """Return the error for a camera process that crashed; `fate` is its exit code or signal."""
        return SourceError(
            f"The process that reads the camera {self._device} crashed ({fate}), in its driver or in "
            "OpenCV. Plug it in again, or ask for another size."
        )
