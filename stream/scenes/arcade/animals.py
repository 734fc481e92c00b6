"""Draw the animals of the arcade, which all go to the left: sheep, bear and bird, each in four poses."""

from __future__ import annotations

import numpy as np

from stream.frame import Image
from stream.scenes.arcade.colours import CLEAR, Ink
from stream.scenes.arcade.picture import pixels

_SHEEP = """
.........www..wwww..www.........
.......wwwwwwwwwwwwwwwwww.......
..www.wwwwwwwwwwwwwwwwwwwww.....
.wwwww.wwwwwwwwwwwwwwwwwwwwww...
wwwwwww.wwwwwwwwwwwwwwwwwwwwww..
ww.wwwww.wwwwwwwwwwwwwwwwwwwwww.
ww.wwwwww.wwwwwwwwwwwwwwwwwwwww.
wwwwwww.w.wwwwwwwwwwwwwwwwwwwww.
wwwwwww..wwwwwwwwwwwwwwwwwwwwwww
.wwwww..wwwwwwwwwwwwwwwwwwwwwww.
..www..wwwwwwwwwwwwwwwwwwwwwwww.
.......wwwwwwwwwwwwwwwwwwwwwwww.
........wwwwwwwwwwwwwwwwwwwwww..
.........wwwwwwwwwwwwwwwwwwww...
...........wwww.wwwww.wwww......
"""
_BEAR = """
......bb...bb...............................
.....bbbbbbbbb..............................
....bbbbbbbbbbb.....bbbbbbbbbb..............
...bb.bbbbbbbbbb.bbbbbbbbbbbbbbbbbb.........
..bbb.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.....
bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb...
bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb..
.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
.....bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
..bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.
........bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.
.........bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.
..........bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.
..........bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb..
..........bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb..
...........bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb...
...........bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb...
"""
_BIRD = """
..oooo..............
.oo.ooo..ooooooo....
oooooooooooooooooooo
..ooooooooooooooooo.
....ooooooooooooo...
......ooooooooo.....
"""
_WING_UP = """
..........oo........
..........oooo......
...........oooo.....
...........ooooo....
"""
_WING_DOWN = """
.........oooooo.....
..........oooo......
..........ooo.......
..........o.........
"""


def _walking(body: str, letter: str, ink: Ink, legs: tuple[int, ...], thick: int, long: int) -> list[Image]:
    """Draw four poses; legs across from each other swing alike, and one that goes forward is lifted."""
    trunk = pixels(body, {letter: ink})
    poses = []
    for pose in range(4):
        feet = np.full((long, trunk.shape[1]), CLEAR, np.uint8)
        for number, x in enumerate(legs):
            swing = (pose + 2 * (number in (1, 2))) % 4
            end, lift = ((-2, 0), (0, 0), (2, 0), (0, 2))[swing]
            for row in range(long - lift):
                shift = round(end * row / (long - 1))
                feet[row, x + shift : x + shift + thick] = ink
            if thick > 3:
                feet[long - lift - 2 : long - lift, x + end - 1 : x + end] = ink  # the paw
        poses.append(np.vstack([trunk, feet]))
    return poses


def _flying() -> list[Image]:
    body, up, down = (pixels(part, {"o": Ink.BIRD}) for part in (_BIRD, _WING_UP, _WING_DOWN))
    none = np.full_like(up, CLEAR)
    return [
        np.vstack(parts)
        for parts in ((up, body, none), (none, body, none), (none, body, down), (none, body, none))
    ]


SHEEP = _walking(_SHEEP, "w", Ink.SHEEP, (10, 14, 22, 26), 3, 7)
"""Four poses of a sheep: uint8 (22, 32) of `Ink`."""

BEAR = _walking(_BEAR, "b", Ink.BEAR, (12, 18, 29, 35), 6, 9)
"""Four poses of a bear: uint8 (26, 44) of `Ink`."""

BIRD = _flying()
"""Four poses of a bird: uint8 (14, 20) of `Ink`."""
