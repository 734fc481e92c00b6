"""Give a clicked colour of the palette another label, and save the palette."""

from __future__ import annotations

import time
from pathlib import Path

from engines.card import SynthesizeCard
from engines.errors import SinkError
from neteyes.click_to_swap import ClickToSwap
from neteyes.clicked_swaps import ClickedSwaps
from neteyes.palettes.chosen_palette import ChosenPalette
from neteyes.palettes.palette_text import plain_text, with_label
from neteyes.swap_entry import Reply, SwapEntry
from stream.controls import Controls
from stream.files import write_whole
from stream.nets.palette.palette import Colour, hex_of


class ClickToRelabel(ClickToSwap):
    """Let a viewer choose another label for the colour that was clicked.

    Args:
        palette: the palette that is changed.
        swaps: as for every click; swaps count after the palette.
        controls: has both label spaces.
        painter: the painter's part of the bundle's card.
    """

    def __init__(
        self, palette: ChosenPalette, swaps: ClickedSwaps, controls: Controls, painter: SynthesizeCard
    ) -> None:
        super().__init__(swaps, controls, painter)
        self._palette = palette
        self._colour: Colour = (0, 0, 0)
        self._changed: dict[Colour, int] = {}
        self._first: dict[Colour, int | None] = {}

    def begin(self, label: int, colour: Colour, *, above: bool = False) -> None:
        """Open the choice for the colour of the palette that is nearest to the clicked one."""
        current = self._palette.live.palette
        self._colour, self._above = current.nearest(colour), above
        now = current.colours[self._colour]
        name = "outline" if now is None else self._controls.painted.name(now)
        first = self._first.get(self._colour, now)
        changed = name if self._colour in self._first and first != now else None
        self._entry = SwapEntry(self._painter, label, f"{hex_of(self._colour)} {name}", changed)

    def save(self) -> str:
        """Save the palette into its file, or a new one if it was learnt; return a line for the screen."""
        palette, file = self._palette.live.palette, self._palette.file
        space = self._controls.painted
        try:
            if file is None:
                file = Path(time.strftime("palette-%Y%m%d-%H%M%S.toml"))
                text = plain_text(palette, space)
            else:
                text = file.read_text("utf-8")
                for colour, label in self._changed.items():
                    # Where the file no longer has the colour, all is written anew.
                    text = with_label(text, colour, space.name(label)) or plain_text(palette, space)
            write_whole(file, text.encode())
        except OSError as error:
            return str(SinkError(f"Cannot save the palette {file}: {error.strerror}."))
        self._changed.clear()
        return f"Saved {file}"

    def _answer(self, entry: SwapEntry, reply: Reply) -> str | None:
        if reply is Reply.GOES_ON:
            return None
        self._entry = None
        if reply is Reply.CLOSE:
            return None
        live, colour = self._palette.live, self._colour
        self._first.setdefault(colour, live.palette.colours.get(colour))
        if reply is Reply.TAKE_BACK:
            label = self._first[colour]
        else:
            label = entry.choice.label if entry.choice else None
        if label is None or colour not in live.palette.colours:
            return None
        live.palette = live.palette.relabelled(colour, label)
        self._changed[colour] = label
        return f"{hex_of(colour)} is {self._controls.painted.name(label)} now: w saves it"
