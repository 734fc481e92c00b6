"""Name the keys of the window and what they do, and the events that a window gives."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from stream.fit import Size


class Action(Enum):
    """The actions that a key in the window can ask for."""

    QUIT = "quit"
    LEAVE = "leave full screen, then quit"
    PAUSE = "pause, and go on"
    SNAPSHOT = "save a snapshot"
    RECORD = "record, and stop recording"
    VIEW = "next view"
    MIRROR = "mirror left and right"
    FULL_SCREEN = "full screen"
    FREEZE = "freeze the labels"
    LOOSER = "labels follow faster"
    STEADIER = "labels hold stiller"
    SAVE = "save the palette"
    HELP = "these keys"
    OTHER = "any other key"


KEYS = {
    "q": Action.QUIT,
    "\x1b": Action.LEAVE,
    " ": Action.PAUSE,
    "s": Action.SNAPSHOT,
    "r": Action.RECORD,
    "\t": Action.VIEW,
    "m": Action.MIRROR,
    "f": Action.FULL_SCREEN,
    "l": Action.FREEZE,
    "[": Action.LOOSER,
    "]": Action.STEADIER,
    "w": Action.SAVE,
    "?": Action.HELP,
}

ESCAPE, ENTER, BACKSPACE, TAB = "\x1b", "\r", "\b", "\t"
"""Characters of keys that edit text."""

UP, DOWN = 0xFF52, 0xFF54
"""Codes of the arrow keys, as X11 numbers them."""

_SPELLED = {"\x1b": "Esc", " ": "space", "\t": "Tab"}

_MODIFIERS = {*range(0xFFE1, 0xFFEF), 0xFE03}
"""Shift, Ctrl, locks, Alt, Meta, Super, Hyper and AltGr, as X11 numbers them (keysymdef.h)."""


@dataclass(frozen=True, slots=True)
class KeyPress:
    """A key press.

    Attributes:
        code: the character's number, or the window system's number of a key without one.
    """

    code: int

    @property
    def action(self) -> Action:
        """What the key asks for."""
        return KEYS.get(self.character, Action.OTHER)

    @property
    def character(self) -> str:
        """The character; for a key without one, a character that no keyboard has."""
        return chr(self.code)


class Click(NamedTuple):
    """A click with the left button.

    Attributes:
        x: column of the window's pixels.
        y: row of the window's pixels.
        on_view: column and row of the pixel of the view that is shown there; None on a bar.
        window: (H, W) of the window in pixels.
    """

    x: int
    y: int
    on_view: tuple[int, int] | None
    window: Size


class WindowClosed(NamedTuple):
    """The viewer has closed the window."""


Event = KeyPress | Click | WindowClosed


def key_of(code: int) -> KeyPress | None:
    """Return the key for an answer of `cv2.pollKey`; None for a modifier alone, such as the Shift of `?`."""
    code &= 0xFFFF  # the bits above hold modifiers in GTK, and keys without a character in Windows
    return None if code in _MODIFIERS else KeyPress(code)


def help_lines() -> list[str]:
    """Return one line for each action, `keys<tab>meaning`, for a card of text."""
    keys: dict[Action, list[str]] = {}
    for key, action in KEYS.items():
        keys.setdefault(action, []).append(_SPELLED.get(key, key))
    lines = [f"{', '.join(names)}\t{action.value}" for action, names in keys.items()]
    return [*lines, "click\tpaint what is there as something else"]
