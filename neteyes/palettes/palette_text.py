"""Write a palette file with comments, and change single labels in one."""

from __future__ import annotations

import json
import re

from engines.labels import LabelSpace
from stream.nets.palette.learn import Learnt
from stream.nets.palette.palette import Colour, Palette, hex_of
from stream.nets.palette.palette_file import OUTLINE
from stream.nets.palette.propose import SCORE
from stream.nets.palette.traits import Traits

_HEAD = """\
# Which label each colour stands for. Change the labels: `neteyes labels` lists them. "outline" takes the
# label beside it. neteyes reads this file again whenever it changes.

# Distance in CIELAB beyond which a pixel matches no colour, and takes the label beside it.
tolerance = {tolerance:g}
"""


def text_of(learnt: Learnt, source: str) -> str:
    """Return the text of a palette file for a learnt palette.

    Args:
        learnt: colours, traits and proposals.
        source: the input that it was learnt from, without passwords.
    """
    lines = [f"# Learnt from {source}.", _HEAD.format(tolerance=learnt.palette.tolerance), "[colours]"]
    for one, name in zip(learnt.traits, learnt.names, strict=True):
        if name != SCORE:
            lines.append(f"{_entry(one.colour, name):40} # {words_of_traits(one)}")
    lines += _regions(learnt.palette)
    return "\n".join(lines) + "\n"


def plain_text(palette: Palette, space: LabelSpace) -> str:
    """Return the text of a palette file for a palette, without remarks on its colours."""
    lines = [_HEAD.format(tolerance=palette.tolerance)]
    if palette.default is not None:
        lines += [f"default = {json.dumps(space.name(palette.default))}", ""]
    lines.append("[colours]")
    for colour, label in palette.colours.items():
        lines.append(_entry(colour, OUTLINE if label is None else space.name(label)))
    lines += _regions(palette)
    for tile in palette.tiles:
        lines += ["", "[[tiles]]", f"picture = {json.dumps(tile.file)}"]
        lines.append(f"label = {json.dumps(space.name(tile.label))}")
    return "\n".join(lines) + "\n"


def with_label(text: str, colour: Colour, name: str) -> str | None:
    """Return a palette file's text in which one colour has another label, and all else is as it was.

    Returns:
        None if no line of the text has the colour.
    """
    entry = re.compile(
        rf"""^(\s*["']?#?{hex_of(colour)[1:]}["']?\s*=\s*)(["'])[^"']*\2""", re.IGNORECASE | re.MULTILINE
    )
    changed, count = entry.subn(lambda found: f"{found[1]}{json.dumps(name)}", text, count=1)
    return changed if count else None


def words_of_traits(one: Traits) -> str:
    """Return short words on a colour: its share, and its place in the frame."""
    place = "above" if one.row < 0.35 else "below" if one.row > 0.7 else "in the middle"
    share = f"{100 * one.share:.0f}" if one.share >= 0.095 else f"{100 * one.share:.1f}"
    return f"{share} %, {place}"


def _regions(palette: Palette) -> list[str]:
    """Return the lines of the parts that are left out."""
    lines = []
    for region in palette.leave_out:
        lines += [
            "",
            "[[leave_out]] # a part whose colours mean nothing, such as a score; in shares of the frame",
        ]
        lines += [f"{key} = {value:.3f}" for key, value in region._asdict().items()]
    return lines


def _entry(colour: Colour, name: str) -> str:
    return f'"{hex_of(colour)}" = {json.dumps(name)}'
