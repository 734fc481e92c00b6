"""What the screen is told of files that are read again."""

import pytest

from engines.bundle import find_bundle, read_bundle
from neteyes.clicked_swaps import ClickedSwaps
from neteyes.config import ConfigWatch
from neteyes.settings import Settings
from neteyes.swaps import Swaps
from stream.controls import Controls


@pytest.fixture
def refreshed(tmp_path, a_second_a_look):
    """`refreshed("person=bear")` writes the swap file; it returns the screen's lines and the controls."""
    card = read_bundle(find_bundle("small"))
    controls = Controls(card.card.segment.space, card.card.synthesize.space)
    file = tmp_path / "swaps.txt"
    file.write_text("")
    clicked = ClickedSwaps(controls)
    settings = Settings(card, controls, clicked, Swaps(card, [], file), file, ConfigWatch())

    def refresh(text):
        file.write_text(text)
        lines = [line for _ in range(5) for line in settings.refresh(None, None)]
        return [line.replace(str(file), "swaps.txt") for line in lines], controls

    return refresh


def test_swaps_that_are_read_again_are_told_once_and_count(refreshed):
    lines, controls = refreshed("person=bear")
    assert lines == ["Swaps read again from swaps.txt"]
    assert controls.painted.name(controls.swap[controls.seen.id("person")]) == "bear"


def test_a_wrong_swap_file_is_told_in_few_words_and_changes_nothing(refreshed):
    refreshed("person=bear")
    lines, controls = refreshed("person=baer")
    assert lines == ["swaps.txt has an error: the swaps before stay"]
    assert controls.painted.name(controls.swap[controls.seen.id("person")]) == "bear"
