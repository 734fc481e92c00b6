"""Draw a choice of labels on a panel, and find the row under a click."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import cv2

from stream.fit import Size
from stream.frame import Image
from stream.views.captions import draw_panel, letters
from stream.views.cards import ACCENT, BODY, TITLE
from stream.views.text import Colour, put_text, text_size

DIM: Colour = (150, 142, 138)
HIGHLIGHT: Colour = (92, 78, 72)

_ROWS = 6


class ChoiceRow(NamedTuple):
    """One row of a choice.

    Attributes:
        name: the words.
        note: dim words behind them.
        colour: of the square in front of them.
        chosen: whether the row is highlighted.
    """

    name: str
    note: str
    colour: Colour
    chosen: bool


class Choice(NamedTuple):
    """A choice of labels.

    Attributes:
        title: what is chosen for.
        typed: the text so far; a caret is drawn behind it.
        rows: all that are offered; those around the chosen one are drawn.
        hints: short words on the keys, each a line at the end.
        above: whether it is drawn near the upper edge; else near the lower one.
    """

    title: str
    typed: str
    rows: tuple[ChoiceRow, ...]
    hints: tuple[str, ...]
    above: bool = False


@dataclass(frozen=True)
class ChoicePanel:
    """A choice on its panel, in the middle of a picture, near its upper or lower edge.

    Attributes:
        choice: what is drawn.
        size: (H, W) of the picture in pixels.
    """

    choice: Choice
    size: Size

    def draw(self, image: Image) -> None:
        """Draw it into a picture, uint8 (H, W, 3) BGR, which is changed."""
        left, top, width, height = self._box
        letter, small, margin = self._letter, self._small, self._margin
        draw_panel(
            image, left - margin, top - margin, width + 2 * margin, height + 2 * margin, round(0.8 * letter)
        )
        baseline = top + letter
        put_text(image, self.choice.title, left, baseline, letter, ACCENT, weight=700)
        typed = left + self._head
        put_text(image, self.choice.typed, typed, baseline, letter, TITLE)
        caret = typed + (text_size(self.choice.typed, letter)[0] if self.choice.typed else 0) + 2
        over, under = baseline - round(0.85 * letter), baseline + letter // 6
        cv2.rectangle(image, (caret, over), (caret + 1, under), TITLE, -1)
        for row in self._shown:
            baseline += self._step
            self._draw_row(image, row, left, baseline, width)
        baseline += letter // 2
        for hint in self.choice.hints:
            baseline += round(1.5 * small)
            put_text(image, hint, left, baseline, small, BODY, weight=450)

    def covers(self, x: int, y: int) -> bool:
        """Return whether a point of the picture is on the panel."""
        left, top, width, height = self._box
        margin = self._margin
        return -margin <= x - left < width + margin and -margin <= y - top < height + margin

    def row_at(self, x: int, y: int) -> int | None:
        """Return the place in `choice.rows` of the row under a point of the picture; None without one."""
        above = self._box[1] + self._letter + self._step - round(1.2 * self._letter)
        place = (y - above) // self._step
        return self._first + place if self.covers(x, y) and 0 <= place < len(self._shown) else None

    def _draw_row(self, image: Image, row: ChoiceRow, left: int, baseline: int, width: int) -> None:
        letter = self._letter
        if row.chosen:
            over = baseline - round(1.2 * letter)
            draw_panel(image, left - letter // 2, over, width + letter, self._step, letter // 3, HIGHLIGHT)
        corner = left + self._square, baseline
        cv2.rectangle(image, (left, baseline - self._square), corner, row.colour, -1, cv2.LINE_AA)
        x = left + 2 * self._square
        put_text(image, row.name, x, baseline, letter, DIM if row.note else TITLE)
        x += text_size(row.name, letter)[0] + letter
        if row.note:
            put_text(image, row.note, x, baseline, self._small, DIM, weight=450)

    @cached_property
    def _letter(self) -> int:
        return min(letters(self.size), max(9, self.size[0] // 22))

    @property
    def _small(self) -> int:
        return max(9, round(0.8 * self._letter))

    @property
    def _step(self) -> int:
        return round(1.75 * self._letter)

    @property
    def _margin(self) -> int:
        return round(1.1 * self._letter)

    @property
    def _square(self) -> int:
        return round(0.8 * self._letter)

    @cached_property
    def _head(self) -> int:
        return text_size(f"{self.choice.title}  ", self._letter, 700)[0]

    @cached_property
    def _count(self) -> int:
        """Number of rows that there is room for."""
        room = (self.size[0] - 4 * self._margin) // self._step - 2 - len(self.choice.hints)
        return max(1, min(_ROWS, room))

    @cached_property
    def _first(self) -> int:
        """Place of the first row that is drawn: the chosen one is among them."""
        rows = self.choice.rows
        chosen = next((place for place, row in enumerate(rows) if row.chosen), 0)
        return max(0, min(chosen - self._count // 2, len(rows) - self._count))

    @cached_property
    def _shown(self) -> tuple[ChoiceRow, ...]:
        return self.choice.rows[self._first : self._first + self._count]

    @cached_property
    def _box(self) -> tuple[int, int, int, int]:
        """Left, top, width and height of what stands on the panel."""
        letter, small, margin = self._letter, self._small, self._margin
        widths = [self._head + text_size(f"{self.choice.typed}  ", letter)[0] + letter]
        for row in self._shown:
            note = letter + text_size(row.note, small, 450)[0] if row.note else 0
            widths.append(2 * self._square + text_size(row.name, letter)[0] + note)
        widths += [text_size(hint, small, 450)[0] for hint in self.choice.hints]
        width = min(self.size[1] - 2 * margin, max(*widths, 14 * letter))
        hints = round(1.5 * small) * len(self.choice.hints)
        height = letter + self._step * len(self._shown) + letter // 2 + hints
        top = 3 * margin if self.choice.above else self.size[0] - height - 3 * margin
        top = max(margin, min(top, self.size[0] - height - margin))
        return (self.size[1] - width) // 2, top, width, height
