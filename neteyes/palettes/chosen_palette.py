"""Open the palette that `--segmenter palette:FILE` names, and read its file again when it changes."""

from __future__ import annotations

from pathlib import Path

from engines.bundle import Bundle
from engines.errors import UsageError
from neteyes.file_watch import FileWatch, stamp_of
from stream.nets.palette.learn import AutoPalette
from stream.nets.palette.palette import LivePalette
from stream.nets.palette.palette_file import read_palette

PREFIX = "palette:"


class ChosenPalette:
    """Hold the palette of a run and follow its file.

    Args:
        named: `palette:FILE`, or `palette:auto` for one that is learnt from the first seconds.
        bundle: whose painter's labels the palette names.

    Attributes:
        live: the palette, for the stage that segments by it.
        file: its file; None for `auto`.

    Raises:
        UsageError: the text names no palette, or the file is invalid.
    """

    def __init__(self, named: str, bundle: Bundle) -> None:
        kind, colon, what = named.partition(":")
        if kind + colon != PREFIX or not what:
            raise UsageError(
                f"--segmenter takes palette:FILE or palette:auto, not '{named}'. Without it the bundle's net "
                "segments."
            )
        self._space = bundle.card.synthesize.space
        self.file = None if what == "auto" else Path(what)
        self._watch = FileWatch(self.file, stamp_of(self.file) if self.file else None)
        self.live: LivePalette = (
            LivePalette(read_palette(self.file, self._space)) if self.file else AutoPalette(self._space)
        )

    def reloaded(self) -> bool:
        """Read the file again if it has changed; True if there is a new palette.

        Raises:
            UsageError: the new file is invalid; the palette stays as it was.
        """
        if self.file is None or not self._watch.changed():
            return False
        self.live.palette = read_palette(self.file, self._space)
        return True


def palette_named(segmenter: str | None, segment: str | None) -> str | None:
    """Return the palette that two options name; None where the bundle's net segments.

    `--segment` cuts recordings, and is understood for the segmenter too.

    Raises:
        UsageError: both name one.
    """
    if segment is None or not segment.startswith(PREFIX):
        return segmenter
    if segmenter is not None:
        raise UsageError("--segment and --segmenter both name a palette. Keep --segmenter.")
    return segment


def segment_length(segment: str | None) -> str | None:
    """Return the length of recordings' segments that `--segment` names; None where it names a palette."""
    return None if segment is None or segment.startswith(PREFIX) else segment
