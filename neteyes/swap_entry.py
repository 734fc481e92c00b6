"""Choose the label that a clicked label shall be painted as: the typed text and its candidates."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from engines.card import SynthesizeCard
from stream.sinks.window_keys import BACKSPACE, DOWN, ENTER, ESCAPE, TAB, UP, KeyPress

_LONGEST = 32


class Reply(Enum):
    """The result of a key press in the entry."""

    GOES_ON = "the entry goes on"
    CLOSE = "nothing is to be changed"
    SWAP = "the chosen label is to be painted"
    TAKE_BACK = "the swap is to be taken back"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A label that can be painted.

    Attributes:
        label: its id in the painter's space.
        name: its name.
        note: how the painter paints it, if it was never trained on it; else empty.
    """

    label: int
    name: str
    note: str


class SwapEntry:
    """Take key presses and offer the labels whose names begin with the typed text, trained ones first.

    Args:
        card: the painter's part of the bundle's card.
        label: id of the clicked label, in the segmenter's space.
        name: its name.
        painted_as: name of the label that it is swapped to; None if it is not.

    Attributes:
        text: what has been typed.
        candidates: the labels on offer.
        chosen: the place of the chosen one in `candidates`; -1 if none is.
    """

    def __init__(self, card: SynthesizeCard, label: int, name: str, painted_as: str | None) -> None:
        self._card = card
        self.label, self.name, self.painted_as = label, name, painted_as
        self.text = ""
        self.candidates: list[Candidate] = candidates(card, "")
        self.chosen = -1

    @property
    def choice(self) -> Candidate | None:
        """The chosen candidate."""
        return self.candidates[self.chosen] if self.chosen >= 0 else None

    def press(self, key: KeyPress) -> Reply:
        """Apply a key press."""
        character = key.character
        if character == ESCAPE:
            return Reply.CLOSE
        if character == ENTER:
            if self.choice:
                return Reply.SWAP
            return Reply.GOES_ON if self.text else Reply.CLOSE
        if character == BACKSPACE:
            if not self.text:
                return Reply.TAKE_BACK if self.painted_as else Reply.GOES_ON
            self._type(self.text[:-1])
        elif character == TAB:
            if self.choice:
                self._type(self.choice.name)
        elif key.code in (UP, DOWN):
            last = len(self.candidates) - 1
            self.chosen = min(last, max(0, self.chosen + (1 if key.code == DOWN else -1)))
        elif character.isascii() and (character.isalnum() or (character in " -" and self.text)):
            self._type((self.text + character.lower())[:_LONGEST])
        return Reply.GOES_ON

    def _type(self, text: str) -> None:
        self.text = text
        self.candidates = candidates(self._card, text)
        self.chosen = 0 if text and self.candidates else -1


def candidates(card: SynthesizeCard, text: str) -> list[Candidate]:
    """Return the labels whose name, or a later word of it, begins with a text; all of them for an empty text.

    Those that the painter was trained on come first; then names that begin with the text, then by alphabet.
    """
    found = []
    for label, name in enumerate(card.space.names):
        if not any(name.startswith(text, start) for start in _starts(name)):
            continue
        known = not card.trained or label in card.trained
        note = (
            "" if known else f"painted as {card.siblings[name]}" if name in card.siblings else "never trained"
        )
        found.append((not known, not name.startswith(text), name, Candidate(label, name, note)))
    return [candidate for *_, candidate in sorted(found, key=lambda each: each[:3])]


def _starts(name: str) -> list[int]:
    """Return the places in a name at which a word begins."""
    return [0, *(place + 1 for place, letter in enumerate(name) if letter in " -")]
