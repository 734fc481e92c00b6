"""Outputs of frames: `open_sink` opens the sink that a URI names.

| URI | sink |
|---|---|
| `display://0` | a window, on the first monitor |
| `out.mp4`, `.mkv`, `.mov` | a clip, H.264; in segments if asked; `?crf=18` for its quality |
| `out.webm` | the same in VP9, for web pages |
| `out.gif` | the same as a GIF, without sound |
| `out/`, `out/%06d.jpg` | one picture for each frame, numbered as the frames are |
| `out.png`, `out.jpg` | one picture: the last frame's; of a live source written again every second |
| `rtsp://user:password@host/path`, `rtsps://…` | a stream on an RTSP server, for viewers there |
| `v4l2:///dev/video10`, `/dev/video10` | a virtual camera, for calls |
| `null://` | nothing is kept |
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from engines.errors import SinkError, UsageError
from stream.files import check_folder, reason
from stream.frame import Sink
from stream.quantities import Keep
from stream.sinks.clip import ClipSink
from stream.sinks.clip_formats import CLIP_SUFFIXES, clip_format, crf_of
from stream.sinks.null import NullSink
from stream.sinks.pictures import PICTURE_SUFFIXES, PicturesSink, StillSink
from stream.sinks.publish import PublishSink
from stream.sinks.reconnect import Returning
from stream.sinks.retention import Retention
from stream.sinks.segments import SegmentsSink
from stream.sinks.virtual_camera import VirtualCameraSink, check_device
from stream.sinks.window import Window
from stream.sound import Listener, Sound
from stream.uri import NETWORK, Uri, parse_output

__all__ = ["OUTPUTS", "monitor_of", "open_sink"]

OUTPUTS = ("display", "null", "rtsp", "rtsps", "v4l2", "file")
"""The schemes of outputs; a path without a scheme is a file or a virtual camera's device."""

REFRESH = 1.0
"""Seconds after which the single picture of a live source is written again."""


def open_sink(
    uri: str | Uri,
    *,
    overwrite: bool = False,
    rate: float | None = None,
    segment: float | None = None,
    keep: Keep | None = None,
    sound: Sound | None = None,
    live: bool = False,
    full_screen: bool = False,
    fill: bool = False,
) -> Sink:
    """Open the sink that a URI names; errors that the first frame would meet are raised here already.

    A server or a virtual camera may come and go: such a sink is opened again after each error, and counts the
    frames that it misses. So are recordings in segments.

    Args:
        uri: as in this module's table, or parsed already; `file://` before a path is fine.
        overwrite: whether existing files may be replaced; segments never replace anything.
        rate: frames a second, for a clip's header; the frames' own times decide when they are shown.
        segment: seconds after which a clip goes on in another file; other outputs ignore it.
        keep: the retention of segments; all are kept by default.
        sound: the sound of the source, for recordings.
        live: whether the source is live: then a clip begins at time 0 with its first frame, whatever that
            frame's own time is, and a single picture is written again every second.
        full_screen: whether a window begins in full screen.
        fill: whether a window cuts the view to its own shape, instead of showing black bars.

    Raises:
        UsageError: no sink of that kind, or an invalid option; the message lists the known ones.
        SinkError: a file exists already, the folder is missing or not writable, or there is no such display
            or monitor.
    """
    output = uri if isinstance(uri, Uri) else parse_output(uri, OUTPUTS)
    try:
        if output.scheme == "file":
            path = Path(output.path)
            if output.path.endswith("/") or path.suffix.lower() not in CLIP_SUFFIXES:
                return _open_pictures(output, overwrite=overwrite, live=live)
            options = options_of(output, ("crf",))
            crf = crf_of(options["crf"], path) if "crf" in options else None
            heard = sound.listen() if sound and clip_format(path).sound_options is not None else None
            if segment:
                return _segments(path, rate, segment, keep, heard, crf)
            return ClipSink(path, overwrite=overwrite, rate=rate, sound=heard, from_zero=live, crf=crf)
        if output.scheme not in NETWORK:
            options_of(output, ())
        if output.scheme == "display":
            return Window(monitor=monitor_of(output), full_screen=full_screen, fill=fill)
        return _open(output, rate=rate)
    except OSError as error:  # such as a name that is too long
        raise SinkError(f"Cannot write '{output}': {reason(error)}. Name another output.") from error


def monitor_of(output: Uri) -> int:
    """Return the number of the monitor that a `display://` names.

    Raises:
        UsageError: it is not a number.
    """
    if not (output.host or "0").isdecimal():
        raise UsageError(f"'{output}' names no monitor. Write its number: display://0.")
    return int(output.host or 0)


def _open(output: Uri, *, rate: float | None) -> Sink:
    if output.scheme == "null":
        return NullSink()
    if output.scheme == "v4l2":
        if output.path.isdigit():
            raise UsageError(f"An output that is a camera is named in full: v4l2:///dev/video{output.path}")
        check_device(output.path)
        return Returning(str(output), lambda: VirtualCameraSink(output.path, rate=rate))
    PublishSink(output)  # raises if the URL is invalid
    return Returning(str(output), lambda: PublishSink(output, rate=rate))


def options_of(output: Uri, known: Collection[str]) -> dict[str, str]:
    """Return the options behind an output's `?`.

    Raises:
        UsageError: one is not known.
    """
    for name in output.options:
        if name not in known:
            listed = ", ".join((*known, "view"))  # `neteyes.output_views` takes that one, for every output
            raise UsageError(f"There is no option '{name}' for the output '{output}'. Known: {listed}.")
    return output.options


def _open_pictures(output: Uri, *, overwrite: bool, live: bool) -> Sink:
    path = Path(output.path)
    options_of(output, ())
    suffix = path.suffix.lower()
    if output.path.endswith("/"):
        return PicturesSink(path / "%06d.png", overwrite=overwrite)
    if suffix in PICTURE_SUFFIXES:
        if "%" in path.name:
            return PicturesSink(path, overwrite=overwrite)
        return StillSink(path, overwrite=overwrite, every=REFRESH if live else None)
    if path.is_dir():
        return PicturesSink(path / "%06d.png", overwrite=overwrite)
    raise UsageError(
        f"Cannot tell what kind of output '{output}' is. Known: a clip ({', '.join(CLIP_SUFFIXES)}), "
        f"a picture ({', '.join(PICTURE_SUFFIXES)}), a folder of pictures (ending in /, or like %06d.png), "
        "rtsp://, v4l2://, display://0, null://."
    )


def _segments(
    path: Path,
    rate: float | None,
    seconds: float,
    keep: Keep | None,
    heard: Listener | None,
    crf: int | None,
) -> Sink:
    check_folder(path.parent)
    retention = Retention(path, keep)
    retention.check()

    def make_clip(segment: Path) -> ClipSink:
        return ClipSink(segment, rate=rate, from_zero=True, sound=heard, crf=crf)

    return Returning(str(path), lambda: SegmentsSink(retention, seconds, make_clip), keeps_all=True)
