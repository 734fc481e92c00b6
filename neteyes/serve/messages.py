"""Define the messages between a page and the server: JSON texts on the WebSocket, told apart by `type`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from stream.controls import View

TransportName = Literal["jpeg", "webrtc"]
LongText = Annotated[str, Meta(max_length=256)]
Share = Annotated[float, Meta(ge=0, le=1)]
Number = Annotated[int, Meta(ge=0, lt=2**53)]


class Changes(Struct, forbid_unknown_fields=True):
    """Hold changes of the live settings; None leaves a setting as it is.

    Attributes:
        view: the layout of the view.
        steadiness: how firmly labels are held, 0–1.
        swaps: the whole table of swaps, by names.
        mirror: whether frames are flipped left to right.
        frozen: whether the current label map is kept.
    """

    view: View | None = None
    steadiness: Share | None = None
    swaps: Annotated[dict[LongText, LongText], Meta(max_length=256)] | None = None
    mirror: bool | None = None
    frozen: bool | None = None


class Hello(Struct, tag="hello", tag_field="type", forbid_unknown_fields=True):
    """Begin a visit: the first message of a page."""

    transport: TransportName = "jpeg"
    controls: Changes = msgspec.field(default_factory=Changes)


class Set(Changes, tag="set", tag_field="type", forbid_unknown_fields=True):
    """Change live settings; answered by a `State`."""


class At(Struct, tag="at", tag_field="type", forbid_unknown_fields=True):
    """Ask for the label under a point of the shown picture, in parts of its width and height."""

    id: Number
    x: Share
    y: Share


class GetLabels(Struct, tag="labels", tag_field="type", forbid_unknown_fields=True):
    """Ask for the label maps of the newest frame."""

    id: Number


class OfferWebRtc(Struct, tag="offer", tag_field="type", forbid_unknown_fields=True):
    """Offer WebRTC: the page's session description with all its candidates."""

    sdp: str


class Pause(Struct, tag="pause", tag_field="type", forbid_unknown_fields=True):
    """Pause the loop while the tab is hidden, or let it go on."""

    paused: bool


class UseTransport(Struct, tag="transport", tag_field="type", forbid_unknown_fields=True):
    """Give WebRTC up: frames come as JPEGs from now on."""

    use: Literal["jpeg"]


class SeenFrame(Struct, tag="seen", tag_field="type", forbid_unknown_fields=True):
    """Acknowledge a frame of a shared input, so that the next one is sent."""

    number: Number


class Relabel(Struct, tag="relabel", tag_field="type", forbid_unknown_fields=True):
    """Give a colour of the palette, `#rrggbb`, another label; answered by a `State`."""

    colour: Annotated[str, Meta(pattern=r"\A#[0-9a-f]{6}\Z")]
    label: LongText


class GetPalette(Struct, tag="palette", tag_field="type", forbid_unknown_fields=True):
    """Ask for the palette as the text of a file."""

    id: Number


FromPage = (
    Hello | Set | At | GetLabels | OfferWebRtc | Pause | UseTransport | SeenFrame | Relabel | GetPalette
)


class ControlsNow(Struct):
    """Hold the current live settings; as `Changes`, with steadiness None if the segmenter has no memory."""

    view: View
    steadiness: float | None
    swaps: dict[str, str]
    mirror: bool
    frozen: bool


class Queued(Struct, tag="queued", tag_field="type"):
    """Tell a page that waits its place in the queue, from 1."""

    place: int
    of: int


class Paintable(Struct):
    """Name a label that can be painted; `note` says how, if the painter was never trained on it."""

    name: str
    note: str


class Welcome(Struct, tag="welcome", tag_field="type"):
    """Tell a page that its visit begins, and all that does not change meanwhile.

    Attributes:
        bundle: name of the bundle.
        runtimes: the runtime of each net.
        input: the shared input's redacted name; None if each visitor brings a camera.
        shared: whether all visitors see and control the same input.
        labels: names of the segmenter's labels, by id.
        paintable: the painter's labels, trained ones first.
        colours: `#rrggbb` of each of the painter's labels.
        views: the views there are.
        controls: the current settings.
        webrtc: whether the server can do WebRTC.
        palette: whether a palette segments, in place of a net.
        size: (height, width) of the nets' pictures that are expected.
        version: version of neteyes.
    """

    bundle: str
    runtimes: dict[str, str]
    input: str | None
    shared: bool
    labels: list[str]
    paintable: list[Paintable]
    colours: dict[str, str]
    views: list[str]
    controls: ControlsNow
    webrtc: bool
    palette: bool
    size: tuple[int, int]
    version: str


class Percentiles(Struct):
    """Hold percentiles of frame ages in milliseconds; None without any frame lately."""

    p50: float | None
    p95: float | None


class State(Struct, tag="state", tag_field="type"):
    """Tell a page the state of its mirror: once a second, and after each `Set`.

    Attributes:
        fps: fresh frames a second in the last few seconds; None without two of them.
        age_ms: ages of those frames, from their receipt until they were handed to the transport.
        dropped: number of frames that were not shown, by reason.
        controls: the current settings.
        badges: short words on the state, such as `flashes held back`.
        visitors: how many visitors are in.
        transport: how frames travel.
    """

    fps: float | None
    age_ms: Percentiles
    dropped: dict[str, int]
    controls: ControlsNow
    badges: list[str]
    visitors: int
    transport: TransportName


class LabelsAt(Struct, tag="at", tag_field="type"):
    """Answer `At`; all are None between panels, and before the first frame.

    Attributes:
        id: that of the question.
        label: the label seen.
        painted: the label painted.
        colour: `#rrggbb` of the palette; None where a net segments.
    """

    id: int
    label: str | None
    painted: str | None
    colour: str | None


class PaletteText(Struct, tag="palette", tag_field="type"):
    """Answer `GetPalette` with the text of a palette file."""

    id: int
    text: str


class Labels(Struct, tag="labels", tag_field="type"):
    """Answer `GetLabels`: both label maps as grey PNGs in base64, and the frame's number."""

    id: int
    seen: str
    painted: str
    frame: int


class AnswerWebRtc(Struct, tag="answer", tag_field="type"):
    """Answer `OfferWebRtc`: the server's session description with all its candidates."""

    sdp: str


class Error(Struct, tag="error", tag_field="type"):
    """Tell a page that a message was refused; nothing was changed by it.

    Attributes:
        about: type of that message, `frame` for a binary one; empty if it had none.
        message: the fault, and how to mend it.
    """

    about: str
    message: str


class Bye(Struct, tag="bye", tag_field="type"):
    """Tell a page why the server closes the connection; the last message."""

    reason: str


ToPage = Queued | Welcome | State | LabelsAt | PaletteText | Labels | AnswerWebRtc | Error | Bye

_decoder: msgspec.json.Decoder[FromPage] = msgspec.json.Decoder(FromPage)


def decode(text: str) -> FromPage:
    """Return a page's message.

    Raises:
        msgspec.MsgspecError: it is no JSON, of an unknown type, or a value is wrong.
    """
    try:
        return _decoder.decode(text)
    except RecursionError:
        raise msgspec.DecodeError("it is nested too deeply") from None


def encode(message: ToPage) -> str:
    """Return a message for a page as JSON."""
    return msgspec.json.encode(message).decode()


def type_of(text: str) -> str:
    """Return the `type` of a message that was refused; empty if it has none."""
    try:
        found: Any = msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        return ""
    kind = found.get("type") if isinstance(found, dict) else None
    return kind[:32] if isinstance(kind, str) else ""
