"""Swap the label that a viewer clicks: open a choice, take the typed text, apply the answer."""

from __future__ import annotations

from engines.card import SynthesizeCard
from neteyes.clicked_swaps import ClickedSwaps
from neteyes.swap_entry import Reply, SwapEntry
from stream.controls import Controls
from stream.sinks.window_keys import KeyPress
from stream.views.choice import Choice, ChoiceRow
from stream.views.label_colours import palette


class ClickToSwap:
    """Let a viewer choose another label for a clicked one.

    Args:
        swaps: the swaps that are changed.
        controls: has both label spaces.
        painter: the painter's part of the bundle's card.
    """

    def __init__(self, swaps: ClickedSwaps, controls: Controls, painter: SynthesizeCard) -> None:
        self._swaps, self._controls, self._painter = swaps, controls, painter
        self._entry: SwapEntry | None = None
        self._above = False

    @property
    def label(self) -> int | None:
        """The segmenter's label that is chosen for; None while no choice is open."""
        return self._entry.label if self._entry else None

    def begin(self, label: int, colour: tuple[int, int, int], *, above: bool = False) -> None:
        """Open the choice for a click.

        Args:
            label: the segmenter's label there.
            colour: the camera's colour there, BGR.
            above: draw the choice near the upper edge.
        """
        self._above = above
        painted = self._swaps.painted_as(label)
        name = None if painted is None else self._controls.painted.name(painted)
        self._entry = SwapEntry(self._painter, label, self._controls.seen.name(label), name)

    def save(self) -> str:
        """Save the changes where that is possible; return a line for the screen."""
        return "There is no palette to save: see --segmenter"

    def press(self, key: KeyPress) -> str | None:
        """Apply a key press; return a line for the screen if it changed a swap."""
        return self._answer(self._entry, self._entry.press(key)) if self._entry else None

    def take(self, place: int) -> str | None:
        """Take the candidate at a place of the choice; return a line for the screen."""
        if self._entry is None:
            return None
        self._entry.chosen = place
        return self._answer(self._entry, Reply.SWAP)

    def _answer(self, entry: SwapEntry, reply: Reply) -> str | None:
        if reply is Reply.GOES_ON:
            return None
        self._entry = None
        if reply is Reply.CLOSE:
            return None
        if reply is Reply.TAKE_BACK:
            self._swaps.take_back(entry.label)
        elif entry.choice:
            self._swaps.swap(entry.label, entry.choice.label)
        painted = self._swaps.painted_as(entry.label)
        name = "itself again" if painted is None else self._controls.painted.name(painted)
        return f"{entry.name} is painted as {name}"

    def shown(self) -> Choice | None:
        """Return the choice as it is drawn; None while none is open."""
        entry = self._entry
        if entry is None:
            return None
        colours = palette(self._painter.space)
        rows = []
        for place, candidate in enumerate(entry.candidates):
            blue, green, red = (int(value) for value in colours[candidate.label])
            rows.append(ChoiceRow(candidate.name, candidate.note, (blue, green, red), place == entry.chosen))
        hints = ["Enter paints it · Esc leaves it"]
        if not rows:
            hints = ["No label begins so · Backspace · Esc leaves it"]
        elif not entry.text:
            hints = ["Type a label's beginning · Esc leaves it"]
            if entry.painted_as:
                hints.append(f"Backspace takes {entry.painted_as} back")
        return Choice(f"{entry.name}  →", entry.text, tuple(rows), tuple(hints), self._above)
