"""Hold the colours of a palette and their labels, and replace them while the loop runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Self

import numpy as np

from engines.errors import UsageError
from stream.frame import Image
from stream.nets.palette.colour_table import lab_of

Colour = tuple[int, int, int]
"""Blue, green, red, 0–255."""

TOLERANCE = 20.0
"""Distance in CIELAB beyond which a pixel matches no colour: compression moves a colour by 3 to 10."""

ALIKE = 2.0
"""Distance in CIELAB below which two colours of a palette cannot be told apart."""


class Region(NamedTuple):
    """Represent a part of the frame, in shares of its width and height, 0–1."""

    left: float
    top: float
    width: float
    height: float


class Tile(NamedTuple):
    """Represent a small picture that stands for a label wherever the frame shows it.

    Attributes:
        picture: uint8 (h, w, 3) BGR, as large as in the frame.
        label: id in the painter's space.
        file: its path as the palette file names it.
    """

    picture: Image
    label: int
    file: str


@dataclass(frozen=True, eq=False)
class Palette:
    """Hold the colours of a palette and their labels.

    Attributes:
        colours: colour → id in the painter's space; None for outlines, which take their neighbours' label.
        name: what it is called in reports: its file's name, or `auto`.
        tolerance: distance in CIELAB beyond which a pixel matches no colour.
        default: id of what matches no colour; None to take the neighbours' label.
        leave_out: parts of the frame whose colours mean nothing, such as a score line; they take their
            neighbours' label.
        tiles: small pictures with labels; where one is found, its label counts.

    Raises:
        UsageError: two colours of different labels cannot be told apart.
    """

    colours: Mapping[Colour, int | None]
    name: str = "auto"
    tolerance: float = TOLERANCE
    default: int | None = None
    leave_out: tuple[Region, ...] = ()
    tiles: tuple[Tile, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        colours = list(self.colours)
        own = lab_of(colours)
        for place, colour in enumerate(colours):
            distances = np.linalg.norm(own[:place] - own[place], axis=1)
            for near in np.flatnonzero(distances < ALIKE):
                other = colours[near]
                if self.colours[other] != self.colours[colour]:
                    raise UsageError(
                        f"{hex_of(other)} and {hex_of(colour)} are too alike to be told apart (CIELAB "
                        f"distance {distances[near]:.1f}), and have different labels. Leave one of them out."
                    )

    def nearest(self, colour: Colour) -> Colour:
        """Return the palette's colour that is nearest to a colour."""
        own = lab_of(list(self.colours))
        distances = np.linalg.norm(own - lab_of([colour]), axis=1)
        return list(self.colours)[int(distances.argmin())]

    def relabelled(self, colour: Colour, label: int) -> Self:
        """Return a palette in which one of the colours has another label."""
        return replace(self, colours={**self.colours, colour: label})


class LivePalette:
    """Hold the palette of a run; it is replaced whole, by any thread.

    Attributes:
        palette: the current palette.
        aside: whether it learns, and its tables are made, on a thread of its own: a live source waits for
            nobody. Else each frame waits, and the same frames always give the same labels.
    """

    def __init__(self, palette: Palette, *, aside: bool = False) -> None:
        self.palette, self.aside = palette, aside

    def look(self, image: Image, pts: float) -> None:
        """Look at a frame before it is segmented, as a palette does that is learnt meanwhile.

        Args:
            image: uint8 (h, w, 3) BGR.
            pts: seconds in the source's own time.
        """

    def missed(self, image: Image, pts: float, share: float) -> None:
        """Take note that a share of a frame's pixels, 0–1, matched no colour; arguments as for `look`."""


def hex_of(colour: Colour) -> str:
    """Return a colour as it stands in a palette file, such as `#5c94fc`."""
    blue, green, red = colour
    return f"#{red:02x}{green:02x}{blue:02x}"


def colour_of(text: str) -> Colour | None:
    """Return the colour that `#rrggbb` or `rrggbb` names; None if the text is no colour."""
    digits = text.strip().removeprefix("#")
    if len(digits) != 6 or not all(digit in "0123456789abcdefABCDEF" for digit in digits):
        return None
    red, green, blue = bytes.fromhex(digits)
    return blue, green, red
