"""Find the camera that the user means, also when it comes back under another number."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable

from engines.errors import SourceError
from stream.cameras.listing import LINUX, camera_nodes
from stream.cameras.v4l2 import SYSFS, Camera
from stream.uri import Uri

log = logging.getLogger(__name__)


class CameraFinder:
    """Find the device that is the user's camera at the moment.

    A camera may get a new number each time it is plugged in. So a camera that has given a picture is known by
    its name, its serial number and its port. The same camera in the same port comes first; then the same
    camera in another port, if there is only one candidate; then any camera that is in its port now. A
    persistent path of udev (`/dev/v4l/by-id/…`) is used as it is.

    Args:
        uri: `v4l2` with a number or device, or `camera` with a part of a name.
        nodes: lists the candidates; by default those of this machine.
    """

    def __init__(self, uri: Uri, nodes: Callable[[], list[Camera]] | None = None) -> None:
        self._uri = uri
        self._nodes = nodes or camera_nodes
        self._known: Camera | None = None
        self._strangers: frozenset[object] = frozenset()
        self._seen = False

    def find(self) -> str:
        """Return the camera's device, or its number outside Linux.

        Raises:
            SourceError: it is missing (kind `unplugged` if it was there before), or several match; the
                message lists the cameras that are there.
        """
        there = [node for node in self._nodes() if present(node.device)]
        if self._known is None:
            return self._named(there) if self._uri.scheme == "camera" else self._numbered(there)
        known, found = self._known, self._again(self._known, there)
        if found is None and self._uri.scheme == "camera":
            return self._named(there)
        if found is None:
            raise SourceError(
                f"The camera {known.device} {known.name!r} is gone. Plug it in again, into any port."
                f"{' ' + hint(there) if there else ''}",
                "unplugged",
            )
        if (found.name, found.serial) != (known.name, known.serial):
            log.warning("Where %r was, there is %r now: taking that.", known.name, found.name)
        elif found.device != known.device:
            log.info("The camera %r is %s now, no more %s.", found.name, found.device, known.device)
        return found.device

    def remember(self, device: str) -> None:
        """Remember the camera, which has given a picture as `device`."""
        self._seen = True
        nodes = self._nodes()
        known = next((node for node in nodes if node.device == device), None)
        if known is not None:
            self._known = known
            # Cameras that are plugged in beside it now are never taken for it later, however alike.
            self._strangers = frozenset(_place(node) for node in nodes if _place(node) != _place(known))

    def hint(self) -> str:
        """Return a sentence that lists the cameras, or says what to do without one."""
        return hint([node for node in self._nodes() if present(node.device)])

    def _again(self, known: Camera, there: list[Camera]) -> Camera | None:
        parts = [node for node in there if node.part == known.part]
        alike = [node for node in parts if _alike(node, known)]
        if stayed := [node for node in alike if _place(node) == _place(known)]:
            return stayed[0]
        moved = [node for node in alike if _place(node) not in self._strangers]
        if len(moved) == 1:
            return moved[0]
        return next((node for node in parts if known.port and node.port == known.port), None)

    def _named(self, there: list[Camera]) -> str:
        wanted = self._uri.path
        matches = [node for node in there if node.part == 0 and wanted.lower() in node.name.lower()]
        if not matches:
            raise SourceError(
                f"No camera has {wanted!r} in its name. {hint(there)}",
                "unplugged" if self._seen else "not found",
            )
        if len({node.name for node in matches}) > 1:
            names = ", ".join(f"{node.device} {node.name!r}" for node in matches)
            raise SourceError(
                f"Several cameras have {wanted!r} in their name: {names}. Give more of it.", "not found"
            )
        return matches[0].device

    def _numbered(self, there: list[Camera]) -> str:
        wanted = self._uri.path
        if not wanted.isdecimal():
            device = wanted
        elif listed := [node for node in there if node.index == int(wanted)]:
            device = listed[0].device
        else:
            device = f"/dev/video{wanted}" if LINUX else wanted
        if not present(device):
            raise SourceError(
                f"There is no camera {device}. {hint(there)}", "unplugged" if self._seen else "not found"
            )
        return device


def present(device: str) -> bool:
    """Return whether a device is there; always True for a number, since only opening it would tell."""
    return device.isdecimal() or os.path.exists(device)


def hint(there: list[Camera]) -> str:
    """Return a sentence that lists the cameras, or says what to do without one."""
    cameras = [f"{node.device} {node.name!r}" for node in there if node.part == 0]
    if cameras:
        return f"There are: {', '.join(cameras)}."
    where = f" (nothing in {SYSFS})" if LINUX else ""
    return f"This machine shows no camera{where}. Plug one in, or take scene://duel."


def _place(node: Camera) -> object:
    """Return a key that stays the same for as long as a camera is plugged in."""
    return (node.port, node.part) if node.port else (node.index, node.name)


def _alike(node: Camera, known: Camera) -> bool:
    serials = {node.serial, known.serial} - {None}
    return node.name == known.name and len(serials) < 2
