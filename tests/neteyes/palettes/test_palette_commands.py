"""Palette mode as its users meet it: learnt, shown, run, read again, clicked and saved."""

import tomllib

import cv2
import numpy as np
import pytest

import neteyes as library
from engines.bundle import open_bundle
from neteyes.clicked_swaps import ClickedSwaps
from neteyes.config import ConfigWatch
from neteyes.palettes.chosen_palette import ChosenPalette
from neteyes.palettes.click_to_relabel import ClickToRelabel
from neteyes.settings import Settings
from neteyes.swaps import Swaps
from stream.controls import Controls
from stream.nets.palette.palette import colour_of
from stream.nets.palette.palette_file import read_palette
from stream.nets.palette.palette_segment import seen_by_colours
from stream.sinks.window_keys import BACKSPACE, ENTER, KeyPress

GAME = "scene://arcade?size=640x360&seconds=1"
SKY = colour_of("#4f8fef")
BUNDLE = open_bundle("small")
SPACE = BUNDLE.card.synthesize.space


@pytest.fixture
def palette(tmp_path):
    file = tmp_path / "game.toml"
    file.write_text('# mine\n[colours]\n"#4f8fef" = "sky"   # above\n"#1e7038" = "tree"\n')
    return file


def test_a_palette_is_learnt_shown_and_run(neteyes, report, tmp_path):
    result = neteyes("palette", "learn", GAME, "-o", "game.toml", "--seconds", 1)
    assert result.code == 0 and "--segmenter palette:game.toml" in result.out
    written = (tmp_path / "game.toml").read_text()
    assert tomllib.loads(written)["colours"]["#4f8fef"] == "sky-other"
    assert "# " in written and cv2.imread("game.png").shape[1] >= 600
    assert neteyes("palette", "show", GAME, "game.toml", "-o", "look.png", "--at", 0.5).code == 0
    height, width, _ = cv2.imread("look.png").shape
    assert width > 5 * height
    ran = neteyes("run", GAME, "o.png", "--segment", "palette:game.toml", "--no-pace", "--report", "r.json")
    assert ran.code == 0
    assert report()["backends"]["segment"] == "palette game.toml"


def test_what_exists_is_not_overwritten(neteyes, palette):
    before = palette.read_text()
    result = neteyes("palette", "learn", GAME, "-o", "game.toml")
    assert result.code == 2 and "--overwrite" in result.err
    assert palette.read_text() == before


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--segmenter", "game.toml"], "palette:FILE or palette:auto"),
        (["--segmenter", "palette:none.toml"], "Cannot read the palette none.toml"),
        (["--segment", "palette:game.toml", "--segmenter", "palette:auto"], "Keep --segmenter"),
        (["--segmenter", "palette:game.toml", "--swap", "sky=seaa"], "Unknown label 'seaa'"),
    ],
)
def test_wrong_options_are_refused(neteyes, palette, options, words):
    result = neteyes("run", GAME, "null://", *options)
    assert result.code == 2
    assert words in result.err


def test_the_config_file_names_a_palette(neteyes, report, palette):
    (palette.parent / "c.toml").write_text(
        'input = "scene://arcade?size=320x180&seconds=0.2"\nsegmenter = "palette:game.toml"\npace = false\n'
    )
    assert neteyes("run", "--config", "c.toml", "--headless", "--report", "r.json").code == 0
    assert report()["backends"]["segment"] == "palette game.toml"


def test_programs_segment_by_a_palette(palette):
    image = np.full((90, 160, 3), SKY, np.uint8)
    with library.Eyes(segmenter=f"palette:{palette}", swaps={"sky": "sea"}, height=128) as eyes:
        result = eyes(image)
        assert result.shares == {"sky-other": 1.0}
        assert eyes.painted.name(int(result.painted_labels[0, 0])) == "sea"
        assert eyes.steadiness == 0.7


def test_a_palette_that_changes_is_read_again_and_a_wrong_one_changes_nothing(palette, a_second_a_look):
    chosen = ChosenPalette(f"palette:{palette}", BUNDLE)
    bundle = seen_by_colours(BUNDLE)
    controls = Controls(SPACE, SPACE)
    settings = Settings(
        bundle, controls, ClickedSwaps(controls), Swaps(bundle, [], None), None, ConfigWatch(), chosen
    )

    def lines(text):
        palette.write_text(text)
        return [line for _ in range(5) for line in settings.refresh(None, None)]

    assert lines('[colours]\n"#4f8fef" = "sea"\n') == [f"Palette read again from {palette}"]
    assert chosen.live.palette.colours == {SKY: SPACE.id("sea")}
    assert lines('[colours]\n"#4f8fef" = "see"\n') == [f"{palette} has an error: the palette before stays"]
    assert chosen.live.palette.colours == {SKY: SPACE.id("sea")}


def typed(choice, text):
    return [line for key in text if (line := choice.press(KeyPress(ord(key))))]


def test_a_clicked_colour_takes_another_label_and_is_saved(palette):
    chosen = ChosenPalette(f"palette:{palette}", BUNDLE)
    controls = Controls(SPACE, SPACE)
    choice = ClickToRelabel(chosen, ClickedSwaps(controls), controls, BUNDLE.card.synthesize)
    choice.begin(SPACE.id("sky"), (240, 140, 80))
    assert typed(choice, "sea" + ENTER) == ["#4f8fef is sea now: w saves it"]
    assert chosen.live.palette.colours[SKY] == SPACE.id("sea")
    assert choice.save() == f"Saved {palette}"
    assert palette.read_text() == '# mine\n[colours]\n"#4f8fef" = "sea"   # above\n"#1e7038" = "tree"\n'
    choice.begin(SPACE.id("sea"), (240, 140, 80))
    assert typed(choice, BACKSPACE) == ["#4f8fef is sky-other now: w saves it"]


def test_a_learnt_palette_is_saved_into_a_new_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    chosen = ChosenPalette("palette:auto", BUNDLE)
    chosen.live.look(np.full((90, 160, 3), SKY, np.uint8), 0.0)
    controls = Controls(SPACE, SPACE)
    choice = ClickToRelabel(chosen, ClickedSwaps(controls), controls, BUNDLE.card.synthesize)
    assert choice.save().startswith("Saved palette-")
    (file,) = tmp_path.glob("palette-*.toml")
    assert read_palette(file, SPACE).colours == chosen.live.palette.colours
