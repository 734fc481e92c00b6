"""Write the score line of the arcade in letters of five by seven squares."""

from __future__ import annotations

import numpy as np

from stream.frame import Image
from stream.scenes.arcade.colours import CLEAR, Ink
from stream.scenes.arcade.picture import pixels

_LETTERS = {
    "0": ".###. #...# #..## #.#.# ##..# #...# .###.",
    "1": "..#.. .##.. ..#.. ..#.. ..#.. ..#.. .###.",
    "2": ".###. #...# ....# ..##. .#... #.... #####",
    "3": ".###. #...# ....# ..##. ....# #...# .###.",
    "4": "...#. ..##. .#.#. #..#. ##### ...#. ...#.",
    "5": "##### #.... ####. ....# ....# #...# .###.",
    "6": ".###. #.... #.... ####. #...# #...# .###.",
    "7": "##### ....# ...#. ..#.. ..#.. ..#.. ..#..",
    "8": ".###. #...# #...# .###. #...# #...# .###.",
    "9": ".###. #...# #...# .#### ....# ....# .###.",
    "S": ".#### #.... #.... .###. ....# ....# ####.",
    "C": ".###. #...# #.... #.... #.... #...# .###.",
    "O": ".###. #...# #...# #...# #...# #...# .###.",
    "R": "####. #...# #...# ####. #.#.. #..#. #...#",
    "E": "##### #.... #.... ####. #.... #.... #####",
    "T": "##### ..#.. ..#.. ..#.. ..#.. ..#.. ..#..",
    "I": ".###. ..#.. ..#.. ..#.. ..#.. ..#.. .###.",
    "M": "#...# ##.## #.#.# #.#.# #...# #...# #...#",
    " ": "..... ..... ..... ..... ..... ..... .....",
}
_PICTURES = {letter: pixels(rows.replace(" ", "\n"), {"#": Ink.SCORE}) for letter, rows in _LETTERS.items()}


def written(text: str) -> Image:
    """Write capitals of "SCORE TIME" and digits, six columns each: uint8 (7, 6 · letters)."""
    picture = np.full((7, 6 * len(text)), CLEAR, np.uint8)
    for place, letter in enumerate(text):
        picture[:, 6 * place : 6 * place + 5] = _PICTURES[letter]
    return picture
