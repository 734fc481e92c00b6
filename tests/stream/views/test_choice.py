"""The choice of a label: inside the picture at every size, and each row where a click finds it."""

import numpy as np
import pytest

from stream.views.choice import Choice, ChoicePanel, ChoiceRow
from tests.stream.views.grey_picture import SIZES, box, picture


@pytest.mark.parametrize("above", [False, True])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("rows", [0, 3, 60])
def test_a_choice_is_inside_the_picture(size, rows, above):
    notes = ["", "never trained"]
    offered = tuple(ChoiceRow(f"label {n}", notes[n % 2], (40, 160, 240), n == rows - 1) for n in range(rows))
    choice = Choice("person →", "lab", offered, ("Enter paints it · Esc leaves it",), above)
    image = picture(size)
    ChoicePanel(choice, size).draw(image)
    left, top, right, bottom = box(image)
    if size[0] > 200:
        assert left > 0, "nothing is cut off"
        assert top > 0
        assert right < size[1]
        assert bottom < size[0]
    if size[0] > 500 and rows < 9:
        assert (top + bottom < size[0]) is above


def test_the_chosen_row_is_always_drawn():
    for chosen in (3, 30, 59):
        colours = [(0, 0, 255) if number == chosen else (40, 160, 240) for number in range(60)]
        rows = tuple(ChoiceRow(f"label {n}", "", colour, n == chosen) for n, colour in enumerate(colours))
        image = picture((720, 1280))
        ChoicePanel(Choice("person →", "", rows, ()), (720, 1280)).draw(image)
        assert (image == (0, 0, 255)).all(axis=2).any()


@pytest.mark.parametrize("size", SIZES[:4])
@pytest.mark.parametrize("chosen", [-1, 0, 30])
def test_a_click_on_the_square_of_a_row_finds_that_row(size, chosen):
    colours = [(0, 255 - place, 255) for place in range(40)]
    rows = tuple(ChoiceRow(f"label {n}", "", colour, n == chosen) for n, colour in enumerate(colours))
    panel = ChoicePanel(Choice("person →", "", rows, ("Enter paints it",)), size)
    panel.draw(image := picture(size))
    found = 0
    for place, colour in enumerate(colours):
        ys, xs = np.nonzero((image == colour).all(axis=2))
        if len(ys):
            found += 1
            assert {panel.row_at(int(x), int(y)) for x, y in zip(xs, ys, strict=True)} == {place}
    assert found > 1
    left, top, right, bottom = box(image)
    assert panel.covers(left, (top + bottom) // 2)
    assert not panel.covers(left - 1, (top + bottom) // 2)
    assert not panel.covers(right, (top + bottom) // 2)
    assert panel.row_at((left + right) // 2, top) is None
    assert panel.row_at((left + right) // 2, bottom - 1) is None
