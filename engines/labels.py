"""Load label spaces, and make the one table of 256 ids that maps and swaps between two of them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Self

import numpy as np
import numpy.typing as npt

from engines.errors import LabelError, UsageError

UNLABELLED = 255
"""The id of a pixel that has no label, in files, in frames and in swap tables."""

SwapTable = npt.NDArray[np.uint8]
"""uint8 (256,): index in the segmenter's space, value in the painter's; 255 stays unlabelled."""

KEEP: SwapTable = np.arange(256, dtype=np.uint8)
"""The swap table that changes no id."""

_SPACES = files("engines") / "label_spaces"


@dataclass(frozen=True)
class LabelSpace:
    """An ordered list of label names; a label's id is its place in the list.

    Attributes:
        key: the space's name, such as `coco-stuff`.
        names: the label names, in the order of their ids.
    """

    key: str
    names: tuple[str, ...]

    @classmethod
    def load(cls, key: str) -> Self:
        """Return the label space of that name, such as `coco-stuff`.

        Raises:
            LabelError: there is no such space; the message lists the known ones.
        """
        known = label_spaces()
        if key not in known:
            raise LabelError(f"Unknown label space '{key}'. Known: {', '.join(known)}.")
        return cls(key, tuple((_SPACES / f"{key}.txt").read_text("utf-8").split("\n")[:-1]))

    def __len__(self) -> int:
        return len(self.names)

    def name(self, label: int) -> str:
        """Return the name of an id; ids outside the space are called `unlabelled`."""
        return self.names[label] if 0 <= label < len(self.names) else "unlabelled"

    def id(self, name: str) -> int:
        """Return the id of a name. `sky` stands for `sky-other` where no label is called just `sky`.

        Raises:
            LabelError: no such label; the message offers the nearest names.
        """
        wanted = " ".join(name.lower().replace("_", " ").split())
        for candidate in (wanted, f"{wanted}-other", f"{wanted}-stuff"):
            if candidate in self._ids:
                return self._ids[candidate]
        near = self.nearest(wanted) or difflib.get_close_matches(wanted, self.names, n=3, cutoff=0.4)
        hint = f"Did you mean {' or '.join(near)}? " if near else ""
        raise LabelError(
            f"Unknown label '{name}'. {hint}`neteyes labels` lists all {len(self)} of {self.key}."
        )

    def alias(self, name: str) -> str | None:
        """Return the shorter name that `id` takes for a label, as `sky` for `sky-other`; None without one."""
        short = re.sub("-(other|stuff)$", "", name)
        return short if short != name and self.id(short) == self.id(name) else None

    def nearest(self, name: str, count: int = 3) -> list[str]:
        """Return up to `count` names that resemble `name`, best first."""
        containing = [known for known in self.names if name and name in known]
        similar = difflib.get_close_matches(name, self.names, n=count, cutoff=0.6)
        return list(dict.fromkeys([*similar, *containing]))[:count]

    @property
    def _ids(self) -> Mapping[str, int]:
        return _ids_of(self)


@cache
def _ids_of(space: LabelSpace) -> Mapping[str, int]:
    return {name: label for label, name in enumerate(space.names)}


@cache
def label_spaces() -> tuple[str, ...]:
    """Return the names of the label spaces that come with neteyes."""
    return tuple(sorted(entry.name.removesuffix(".txt") for entry in _SPACES.iterdir()))


def swap_table(seen: LabelSpace, painted: LabelSpace, swaps: Mapping[str, str] | None = None) -> SwapTable:
    """Return the table that maps the segmenter's ids to the painter's and swaps labels, all at once.

    A label is mapped to the label of the same name; if the painter's space lacks it, it becomes unlabelled.

    Args:
        seen: the segmenter's label space.
        painted: the painter's label space.
        swaps: name in `seen` → name in `painted`; `{"person": "dog", "dog": "person"}` exchanges them.

    Raises:
        LabelError: a space lacks a name in `swaps`.
    """
    table = np.full(256, UNLABELLED, np.uint8)
    for label, name in enumerate(seen.names):
        table[label] = painted._ids.get(name, UNLABELLED)
    for old, new in (swaps or {}).items():
        table[seen.id(old)] = painted.id(new)
    return table


def parse_swaps(texts: Iterable[str]) -> dict[str, str]:
    """Parse swaps such as `person=dog`; one text may hold several, separated by commas or lines.

    Empty texts and comments, from a `#` to the line's end, are skipped; so a whole file can be given as text.

    Returns:
        Name of a seen label → name of the label to paint.

    Raises:
        UsageError: a piece is not NAME=NAME, or a label is swapped twice, for different ones.
    """
    swaps: dict[str, str] = {}
    lines = (line.partition("#")[0] for text in texts for line in text.splitlines())
    for piece in (piece.strip() for line in lines for piece in line.split(",")):
        if not piece:
            continue
        old, equals, new = (part.strip() for part in piece.partition("="))
        if not (old and equals and new):
            raise UsageError(f"A swap reads NAME=NAME, as in person=tree; got '{piece}'.")
        if swaps.setdefault(old, new) != new:
            raise UsageError(f"'{old}' is swapped twice, for '{swaps[old]}' and for '{new}'. Keep one.")
    return swaps
