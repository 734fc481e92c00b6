"""Map the label names of another space to COCO-Stuff's: by tables and the user's list, never by a guess."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from engines.errors import LabelError, UsageError
from engines.labels import UNLABELLED, LabelSpace

COCO_STUFF = "coco-stuff"
NOTHING = "unlabelled"
"""The target that a table or a user writes for a name without a COCO-Stuff label."""

_MAPS = files("engines") / "label_maps"


@dataclass(frozen=True, slots=True)
class NameMap:
    """The map from a net's labels to COCO-Stuff's ids.

    Attributes:
        names: the names of the net's labels, in its order.
        ids: the COCO-Stuff id of each, or 255 for none.
        unmapped: the names that got 255 because neither a table nor COCO-Stuff has them.
        space: the known label space that has exactly these names, if any.
    """

    names: tuple[str, ...]
    ids: tuple[int, ...]
    unmapped: tuple[str, ...]
    space: str | None = None

    @property
    def trained(self) -> tuple[int, ...]:
        """The COCO-Stuff ids that the net can give, ascending."""
        return tuple(sorted(set(self.ids) - {UNLABELLED}))

    def hints(self) -> dict[str, list[str]]:
        """Return each unmapped name → up to three COCO-Stuff names that resemble it."""
        coco = LabelSpace.load(COCO_STUFF)
        return {name: coco.nearest(plain(name)) for name in self.unmapped}


def mapped_spaces() -> tuple[str, ...]:
    """Return the label spaces that have a map to COCO-Stuff, COCO-Stuff itself first."""
    return COCO_STUFF, *sorted(entry.name.removesuffix(".toml") for entry in _MAPS.iterdir())


def map_space(key: str) -> NameMap:
    """Return the map of a known space's labels.

    Raises:
        LabelError: there is no table for this space; the message lists the known spaces.
    """
    if key not in mapped_spaces():
        raise LabelError(f"No table leads from '{key}' to COCO-Stuff. Known: {', '.join(mapped_spaces())}.")
    return _map(LabelSpace.load(key).names, _table(key), {}, key)


def map_names(lines: Sequence[str]) -> NameMap:
    """Return the map of a list of labels, one name a line, in the net's order.

    A line `NAME = COCO-STUFF NAME` maps its label to that one; `NAME = unlabelled` maps it to none. Any other
    name is mapped by the table of a known space, if the list has all names of that space in its order. Else
    it is mapped to the COCO-Stuff label of the same name, as `LabelSpace.id` reads it. Empty lines are
    skipped.

    Raises:
        UsageError: the list has no names, or a line lacks its name or its target.
        LabelError: a line names a label that COCO-Stuff does not have.
    """
    pairs = [[part.strip() for part in line.partition("=")] for line in lines if line.strip()]
    if not pairs:
        raise UsageError("The list of labels is empty. Write one name a line, in the net's order.")
    for name, equals, target in pairs:
        if not name or bool(equals) != bool(target):
            raise UsageError(f"A label reads NAME or NAME = COCO-STUFF NAME; got '{name} {equals} {target}'.")
    names = tuple(name for name, _, _ in pairs)
    asked = {plain(name): target for name, _, target in pairs if target}
    space = next((key for key in mapped_spaces() if _same(names, LabelSpace.load(key).names)), None)
    return _map(names, _table(space) if space else {}, asked, space)


def plain(name: str) -> str:
    """Return a name in the spelling of label spaces: lower case, spaces, the first of several synonyms."""
    return " ".join(re.split("[,;]", name)[0].lower().replace("_", " ").split())


def _map(
    names: Sequence[str], table: Mapping[str, str], asked: Mapping[str, str], space: str | None
) -> NameMap:
    coco = LabelSpace.load(COCO_STUFF)
    ids, unmapped = [], []
    for name in names:
        key = plain(name)
        target = asked.get(key) or table.get(key)
        if target:
            ids.append(UNLABELLED if target == NOTHING else coco.id(target))
            continue
        label = UNLABELLED if table else _id(coco, key)
        ids.append(label)
        if label == UNLABELLED:
            unmapped.append(name)
    return NameMap(tuple(names), tuple(ids), tuple(unmapped), space)


def _id(space: LabelSpace, name: str) -> int:
    try:
        return space.id(name)
    except LabelError:
        return UNLABELLED


def _same(names: Sequence[str], others: Sequence[str]) -> bool:
    return list(map(plain, names)) == list(map(plain, others))


@cache
def _table(key: str) -> Mapping[str, str]:
    return {} if key == COCO_STUFF else tomllib.loads((_MAPS / f"{key}.toml").read_text("utf-8"))
