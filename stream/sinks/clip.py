"""Record clips: MP4, MOV, Matroska, WebM or GIF, playable up to the last fragment whatever happens."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av

from engines.errors import SinkError
from stream.files import check_output, reason
from stream.frame import Frame
from stream.sinks.clip_formats import clip_format
from stream.sinks.encode import check_encoder
from stream.sinks.recording import Recording
from stream.sound import Listener
from stream.views.layouts import view_of


class ClipSink:
    """Write each frame's view to a clip, at the frame's own time.

    The first view decides the size; later ones of another size are letterboxed into it. The file is created
    with the first frame.
    """

    keeps_all = True

    def __init__(
        self,
        path: Path,
        *,
        overwrite: bool = False,
        rate: float | None = None,
        from_zero: bool = False,
        sound: Listener | None = None,
        crf: int | None = None,
    ) -> None:
        """Check that `path` can be written.

        Args:
            path: ends in one of `CLIP_SUFFIXES`.
            overwrite: whether an existing file may be replaced.
            rate: frames a second for the header; None if the source does not know.
            from_zero: whether the first frame is at time 0, also if the source is a clip.
            sound: the sound to record with the pictures; until the source has been open once, nothing is
                written before its first picture.
            crf: the quality of the pictures, as in `crf_of`; by default that of the format.

        Raises:
            SinkError: the file exists and may not be overwritten, its folder is not writable, or there is no
                encoder.
        """
        check_output(path, overwrite=overwrite)
        check_encoder(clip_format(path).encoding)
        self._path = path
        self._mode = "wb" if overwrite else "xb"
        self._rate = Fraction(rate or 30).limit_denominator(1001)
        self._from_zero, self._sound, self._crf = from_zero, sound, crf
        self._recording: Recording | None = None
        self._failed = False

    def write(self, frame: Frame) -> bool:
        """Encode one frame.

        Raises:
            SinkError: the disk is full, or a similar error; the message says how many frames are safe.
        """
        view = view_of(frame)
        try:
            if self._recording is None:
                start = self._start(frame.pts)
                size = view.shape[:2]
                self._recording = Recording(
                    self._path, self._mode, self._rate, size, start, self._sound, self._crf
                )
            self._recording.add(view, frame.pts)
        except (OSError, av.FFmpegError) as error:
            raise self._broken(error) from error
        return True

    def close(self) -> None:
        """Finish the file; does nothing if no frame came, or after an error.

        Raises:
            SinkError: the end of the file cannot be written.
        """
        try:
            if self._recording and not self._failed:
                self._recording.finish()
        except (OSError, av.FFmpegError) as error:
            raise self._broken(error) from error
        finally:
            self._recording = self._sound = None  # the encoder and the sound are large

    def _start(self, pts: float) -> float:
        """Return the `pts` that becomes 0: a clip keeps its times; a live clock may start anywhere."""
        return 0.0 if 0 <= pts < 10 and not self._from_zero else pts

    def _broken(self, error: OSError | av.FFmpegError) -> SinkError:
        self._failed = True
        safe = self._recording.abandon() if self._recording else 0
        kept = f"Its first {safe} frames are safe and playable." if safe else "It holds no frames."
        return SinkError(f"Cannot write '{self._path}': {reason(error)}. {kept}")
