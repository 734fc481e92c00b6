"""Count the flashes of a whole clip, second by second."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stream.flashes.flash_meter import FlashMeter
from stream.flashes.tally import LIMIT
from stream.frame import Frame


@dataclass(slots=True)
class Second:
    """Hold the figures of one second of a clip.

    Attributes:
        second: its beginning, in whole seconds of the clip's own time.
        pictures: number of pictures in it.
        general: the most transitions of luminance in any one-second period that ends in it.
        red: the same of saturated red.
    """

    second: int
    pictures: int = 0
    general: int = 0
    red: int = 0

    @property
    def complies(self) -> bool:
        """Whether every one-second period that ends in it keeps the limit of WCAG 2.3.1."""
        return max(self.general, self.red) <= LIMIT


def by_second(frames: Iterable[Frame], meter: FlashMeter) -> Iterator[Second]:
    """Count the images of all frames, and yield each second that has any, once it is over.

    Args:
        frames: in the order in which they are shown; one whose time runs back begins a new second.
        meter: counts them.
    """
    second: Second | None = None
    for frame in frames:
        meter(frame.image, frame.pts)
        begin = math.floor(frame.pts)
        if second is None or begin != second.second:
            if second is not None:
                yield second
            second = Second(begin)
        second.pictures += 1
        second.general = max(second.general, meter.general.transitions)
        second.red = max(second.red, meter.red.transitions)
    if second is not None:
        yield second


def table_of(seconds: Iterable[Second]) -> bytes:
    """Return a CSV table, UTF-8, with a header line and a row for each second.

    Its flashes are pairs of transitions, as in the terminal's table: 4.5 are nine transitions.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["second", "pictures", "general_flashes", "red_flashes", "complies"])
    for second in seconds:
        flashes = (f"{transitions / 2:g}" for transitions in (second.general, second.red))
        writer.writerow([second.second, second.pictures, *flashes, int(second.complies)])
    return text.getvalue().encode()
