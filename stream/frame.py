"""Define the frame, and the protocols of the sources, stages and sinks that it passes."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
import numpy.typing as npt

from stream.sound import Sound

Image = npt.NDArray[np.uint8]
"""A picture or label map on the host: uint8 (H, W, 3) BGR or uint8 (H, W)."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Hold the words that are shown while there is no picture.

    Attributes:
        title: the first line, larger.
        lines: the others; a tab parts a line in two columns.
    """

    title: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """Hold one picture from a source, and the results that the stages added to it.

    Stages never change a frame; they return `dataclasses.replace(frame, …)`.

    Attributes:
        index: the source's own numbering from 0; a gap is a drop.
        captured_at: `time.monotonic()` seconds when the source received the frame.
        pts: seconds in the source's own time; recordings keep it.
        image: the camera frame, uint8 (H, W, 3) BGR.
        labels: the segmenter's label map, uint8 (H, W), ids of its own space, 255 = unlabelled.
        painted_labels: the label map after swaps, uint8 (H, W), ids of the painter's space.
        picture: the synthesizer's painting, uint8 (H, W, 3) BGR.
        wanted: the view that each output shows, by the output's name, when the frame was guarded.
        layers: what of the views can flash, as the flash guard lets it through, by its name.
        views: the composed views, uint8 (H, W, 3) BGR, by the output's name; equal views are one array.
        view: the picture that is shown, uint8 (H, W, 3) BGR: in a sink, that of its own output.
        badges: short words on the state, for who watches: a window draws them over the view.
        on_device: private data of the GPU stages, until the frame is back on the host.
        notice: set where the source has no picture at the moment: `image` holds nothing, the nets are passed
            over, and the view shows these words. Its `index` is that of the last real frame.
    """

    index: int
    captured_at: float
    pts: float
    image: Image
    labels: Image | None = None
    painted_labels: Image | None = None
    picture: Image | None = None
    wanted: Mapping[str, str] | None = None
    layers: Mapping[str, Image] | None = None
    views: Mapping[str, Image] | None = None
    view: Image | None = None
    badges: tuple[str, ...] = ()
    on_device: object | None = None
    notice: Notice | None = None

    @property
    def is_picture(self) -> bool:
        """Whether the frame has a picture; one with a notice is shown, and not counted."""
        return self.notice is None

    def for_output(self, name: str) -> Frame | None:
        """Return the frame with the view of one output; None if none was composed for it."""
        if self.views is None:
            return self
        return replace(self, view=self.views[name]) if name in self.views else None


class Source(Protocol):
    """A source of frames.

    Attributes:
        live: whether late frames are dropped; a source that is not live waits for the loop.
        rate: frames a second, for recordings' headers and progress; None if unknown.
        frame_count: number of frames to come; None if unknown.
        mirrored: whether the picture is shown mirrored by default (local cameras).
        sound: the sound beside the frames; None if there is none, or it is not wanted.
    """

    live: bool
    rate: float | None
    frame_count: int | None
    mirrored: bool
    sound: Sound | None

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """Yield frames until the source ends or `stop` is set; no wait in here takes longer than 2.5 s.

        Called exactly once, on the capture thread.

        Raises:
            SourceError: the source cannot be opened, or broke; the message says which source.
        """
        ...

    def close(self) -> None:
        """Free the device or file. Called exactly once, after `frames` has ended or was never called."""
        ...


class Sink(Protocol):
    """A sink of frames; each has a thread of its own behind a bounded mailbox, except the window.

    Attributes:
        keeps_all: whether it needs every frame, as a recording does; a viewer needs only the newest.
    """

    keeps_all: bool

    def write(self, frame: Frame) -> bool:
        """Write the `view` of one frame; return False if the viewer has left.

        Raises:
            SinkError: the frame cannot be written; what was written so far stays playable.
        """
        ...

    def close(self) -> None:
        """Finish the file or window. Called exactly once, also after an error."""
        ...


@runtime_checkable
class Reconnecting(Protocol):
    """A sink that reconnects by itself; meanwhile the loop only counts the frames it missed.

    Attributes:
        reason: why it takes no frames at the moment; None while it takes them.
        restarts: number of reconnections.
    """

    reason: str | None
    restarts: int

    @property
    def missed(self) -> int:
        """Number of pictures that it did not take; notices are not counted."""
        ...


@runtime_checkable
class HasFigures(Protocol):
    """A source or stage with figures of its own for the report."""

    def figures(self) -> Mapping[str, Any]:
        """Return the figures, in types that JSON has; called from any thread at any time."""
        ...


@runtime_checkable
class CountsDamage(Protocol):
    """A source that goes on when a part of its input cannot be shown, and counts those parts."""

    @property
    def damaged(self) -> int:
        """Number of pictures, frames or parts of frames that came in and could not be shown."""
        ...


@runtime_checkable
class HasSize(Protocol):
    """A source that knows the size of its frames before the first one.

    Attributes:
        size: (height, width) in pixels; None if it does not know it after all.
    """

    size: tuple[int, int] | None


class Stage(Protocol):
    """One step of the loop; entered, called and left on its own thread.

    Attributes:
        name: name of its thread, and in reports.
        takes_notices: whether it is called for frames that hold a notice in place of a picture.
    """

    name: str
    takes_notices: bool

    def __enter__(self) -> Self:
        """Set up the resources that belong to the thread."""
        ...

    def __call__(self, frame: Frame) -> Frame:
        """Return the frame with this stage's part added."""
        ...

    def __exit__(self, *exc: Any) -> None:
        """Free the resources that belong to the thread."""
        ...
