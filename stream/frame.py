"""The frame that travels, and the three things it meets on its way."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
import numpy.typing as npt

from stream.sound import Sound

Image = npt.NDArray[np.uint8]
"""A picture or label map on the host: uint8 (H, W, 3) BGR or uint8 (H, W)."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What is shown in place of a picture while there is none.

    Attributes:
        title: the first line, larger.
        lines: the others; a tab parts a line in two columns.
    """

    title: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture from a source, and what the stages added to it.

    Stages never change a frame; they return `dataclasses.replace(frame, …)`.

    Attributes:
        index: the source's own numbering from 0; a gap is a drop.
        captured_at: `time.monotonic()` seconds when the source had the frame in its hands.
        pts: seconds in the source's own time; recordings keep it.
        image: the camera frame, uint8 (H, W, 3) BGR.
        labels: what the segmenter saw: label map, uint8 (H, W), ids of its own space, 255 = unlabelled.
        painted_labels: what was painted: the same after swaps, uint8 (H, W), ids of the painter's space.
        picture: what the synthesizer painted, uint8 (H, W, 3) BGR.
        view: what is shown, uint8 (H, W, 3) BGR; composed once, for every sink.
        on_device: what the stages of a device keep of this frame until it is back on the host; meant for them
            alone.
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
    view: Image | None = None
    on_device: object | None = None
    notice: Notice | None = None

    @property
    def is_picture(self) -> bool:
        """Whether the source saw something: notices are shown, and not counted."""
        return self.notice is None


class Source(Protocol):
    """Where frames come from.

    Attributes:
        live: a live source drops what is late; any other waits for the loop.
        rate: frames a second where the source knows, for recordings' headers and progress.
        frame_count: how many frames there will be, where the source knows.
        mirrored: whether the picture is shown mirrored unless the user says otherwise (local cameras).
        sound: what is heard beside the frames; None where nothing is, or nobody wants it.
    """

    live: bool
    rate: float | None
    frame_count: int | None
    mirrored: bool
    sound: Sound | None

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """Yield frames until the source ends or `stop` is set; no wait in here outlasts 2.5 s.

        Called exactly once, on the capture thread.

        Raises:
            SourceError: the source cannot be opened or broke; the message names which.
        """
        ...

    def close(self) -> None:
        """Free the device or file. Called exactly once, after `frames` has ended or was never called."""
        ...


class Sink(Protocol):
    """Where frames go; each on its own thread behind a bounded mailbox, the window excepted.

    Attributes:
        keeps_all: a recording wants every frame; a viewer only the newest one.
    """

    keeps_all: bool

    def write(self, frame: Frame) -> bool:
        """Take one frame with its `view`; False means that the viewer left.

        Raises:
            SinkError: the frame cannot be written; what was written so far stays playable.
        """
        ...

    def close(self) -> None:
        """Finish the file or window. Called exactly once, also after an error."""
        ...


@runtime_checkable
class Reconnecting(Protocol):
    """A sink that breaks and comes back by itself; the loop only counts what it missed meanwhile.

    Attributes:
        reason: why it takes no frames at the moment; None while it does.
        restarts: how often it came back.
    """

    reason: str | None
    restarts: int

    @property
    def missed(self) -> int:
        """Pictures that went past it; notices are not counted."""
        ...


@runtime_checkable
class HasFigures(Protocol):
    """A source or stage with figures of its own for the report."""

    def figures(self) -> Mapping[str, Any]:
        """Return them, of nothing but what JSON has; called from any thread at any time."""
        ...


class Stage(Protocol):
    """One step of the loop, entered, called and left on its own thread.

    Attributes:
        name: of its thread, and in reports.
        takes_notices: whether frames that hold a notice in place of a picture go through it, or past it.
    """

    name: str
    takes_notices: bool

    def __enter__(self) -> Self:
        """Set up what belongs to the thread."""
        ...

    def __call__(self, frame: Frame) -> Frame:
        """Return the frame with this stage's part added."""
        ...

    def __exit__(self, *exc: Any) -> None:
        """Tear down what belongs to the thread."""
        ...
