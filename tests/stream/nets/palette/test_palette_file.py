"""A palette file is read whole, or refused with words that say where and what to do."""

import cv2
import numpy as np
import pytest

from engines.errors import UsageError
from stream.nets.palette.palette_file import read_palette
from tests.stream.nets.palette.conftest import SPACE

GOOD = '[colours]\n"#5c94fc" = "sky"\n"#000000" = "outline"\n'


@pytest.fixture
def read(tmp_path):
    def write(text):
        file = tmp_path / "game.toml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_palette(file, SPACE)

    return write


def test_a_palette_has_all_that_its_file_says(read, tmp_path):
    cv2.imwrite(str(tmp_path / "brick.png"), np.zeros((16, 16, 3), np.uint8))
    palette = read(
        'tolerance = 12\ndefault = "grass"\n' + GOOD + "[[leave_out]]\nheight = 0.1\n"
        '[[tiles]]\npicture = "brick.png"\nlabel = "house"\n'
    )
    assert palette.colours == {(252, 148, 92): SPACE.id("sky"), (0, 0, 0): None}
    assert (palette.tolerance, palette.default, palette.name) == (12, SPACE.id("grass"), "game.toml")
    assert palette.leave_out == ((0.0, 0.0, 1.0, 0.1),)
    assert palette.tiles[0].label == SPACE.id("house")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no colours"),
        ("[colours]\n", "neteyes palette learn"),
        (GOOD + '"#5c94fc" = "tree"\n', "for the second time"),
        (GOOD + '"#5C94FC" = "tree"\n', "stands in it twice"),
        (GOOD + '"#5d94fc" = "tree"\n', "too alike"),
        (GOOD + '"#ffff" = "tree"\n', "#rrggbb"),
        (GOOD + '"#ffffff" = "tre"\n', "Did you mean tree"),
        ('[colours]\n"#000000" = "outline"\n', "outlines"),
        (GOOD.replace('"sky"', "7"), "Expected `str`"),
        ("tolerence = 3\n" + GOOD, "tolerence"),
        (GOOD + "[[leave_out]]\nheight = 3\n", "<= 1"),
        (GOOD + '[[tiles]]\npicture = "none.png"\nlabel = "sky"\n', "none.png cannot be read"),
        ("[colours\n", "is no TOML"),
        (b"\xff\xfe", "not UTF-8"),
        ("[colours]\n" + "".join(f'"#{4 * n:06x}" = "sky"\n' for n in range(70)), "at most 62"),
    ],
)
def test_what_is_wrong_is_said(read, text, words):
    with pytest.raises(UsageError, match=words):
        read(text)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"Cannot read the palette .*none.toml: No such file"):
        read_palette(tmp_path / "none.toml", SPACE)
