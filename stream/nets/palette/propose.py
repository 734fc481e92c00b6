"""Propose a label for each colour of a game or cartoon, by where it is, how much, and how it moves."""

from __future__ import annotations

from collections.abc import Sequence

from stream.nets.palette.traits import Traits, scroll_of

OUTLINE = "outline"
SCORE = "score"
"""Of colours of a fixed text, such as a score: its place is better left out."""

_MOVES = 0.25
"""Share of the scroll's speed by which a figure that moves by itself differs from the scene."""

_FOLLOWED = 0.3
"""Share of the scroll's speed up to which a figure stays where it is in the picture."""


def propose(traits: Sequence[Traits]) -> list[str]:
    """Return a label of COCO-Stuff for each colour; `outline` and `score` stand for colours that have none.

    These are guesses for the user to mend: sky is above, ground below, and a small figure that moves
    otherwise than the scene is a person.
    """
    scroll = scroll_of(traits)
    found = [_first_guess(one, scroll) for one in traits]
    grounds = {place for place, name in enumerate(found) if name in ("dirt", "road", "snow", "sand")}
    if not grounds and traits:
        lowest = max(range(len(traits)), key=lambda place: traits[place].bottom)
        if traits[lowest].bottom > 0.2 and found[lowest] == "house":
            found[lowest] = "dirt"
            grounds = {lowest}
    greens = {place for place, name in enumerate(found) if name in ("tree", "grass")}
    for place, one in enumerate(traits):
        if found[place] == "tree" and sum(one.above[ground] for ground in grounds) > 0.5:
            found[place] = "grass"
        if found[place] == "house" and 20 < one.hue < 90 and one.share < 0.02:
            over = sum(other.above[place] for number, other in enumerate(traits) if number in greens)
            if over > 0.04 and one.chroma < 35:
                found[place] = "tree"  # its trunk
    return found


def _first_guess(one: Traits, scroll: float) -> str:
    grey, upper = one.chroma < 12, one.row < 0.45
    compact = one.width < 0.3 and one.share < 0.05
    if one.share < 0.03 and one.row < 0.2 and one.changes < 0.25 and abs(one.speed) < 1 <= abs(scroll):
        return SCORE
    if one.lightness < 22 and one.width > 0.6 and one.height > 0.4 and one.share < 0.12 and one.changes > 0.3:
        return OUTLINE
    if compact and one.height < 0.5 and (mover := _mover(one, scroll)):
        return mover
    if one.lightness > 78 and one.chroma < 22 and one.row < 0.5 and one.top < 0.5:
        return "clouds"
    if one.top > 0.12 and one.bottom < 0.1 and (one.lightness > 45 or one.top > 0.5):
        return "sky"
    if 100 <= one.hue < 190 and not grey:
        return "grass" if one.bottom > 0.3 or (one.row > 0.7 and one.width > 0.5) else "tree"
    if 190 <= one.hue < 305 and not grey:
        if one.row > 0.6:
            return "water"
        return "sky" if one.hue < 295 and one.lightness > 50 and upper else "mountain"
    if 305 <= one.hue < 340 or (grey and one.width > 0.6 and one.row < 0.65):
        return "mountain"
    if 50 <= one.hue < 100 and one.height < 0.12 < one.width and one.row > 0.65 and one.bottom < 0.02:
        return "fence"
    if one.bottom > 0.04 and one.row > 0.6:
        if grey:
            return "snow" if one.lightness > 80 else "road"
        return "sand" if one.lightness > 72 else "dirt"
    return "house"


def _mover(one: Traits, scroll: float) -> str | None:
    """Return the label of a small figure that moves otherwise than the scene; None if it does not."""
    if abs(scroll) < 1:
        return "person" if one.changes > 0.2 and one.row > 0.3 else None
    if abs(one.speed - scroll) < max(2.0, _MOVES * abs(scroll)):
        return None
    if abs(one.speed) < _FOLLOWED * abs(scroll):
        return "person" if one.row > 0.3 else None  # the scene scrolls because the view follows it
    if one.row < 0.35:
        return "bird"
    if one.lightness > 75 and one.chroma < 20:
        return "sheep"
    return "bear" if one.lightness < 30 else "dog"
