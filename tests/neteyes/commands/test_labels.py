"""`neteyes labels`, as its users meet it."""

import pytest

from engines.bundle import find_bundle, read_bundle


def rows(result):
    """Return the table by label: its cells, without the id."""
    lines = [line.split("  ") for line in result.out.splitlines()[1:]]
    cells = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    return {label: rest for _, label, *rest in cells}


def test_it_says_which_labels_the_nets_see_and_paint(neteyes):
    found = rows(neteyes("labels"))
    assert len(found) == 182
    assert found["person"] == ["yes", "itself"]
    assert found["zebra"] == ["no", "horse"]
    card = read_bundle(find_bundle("small")).card
    assert sum(seen == "yes" for seen, _ in found.values()) == len(card.segment.trained)
    assert sum(painted == "itself" for _, painted in found.values()) == len(card.synthesize.trained)


def test_it_tells_the_short_name_that_is_understood(neteyes):
    assert "sky-other (sky)" in rows(neteyes("labels", "sky"))
    found = rows(neteyes("labels"))
    assert "wall-other (wall)" in found
    assert "clouds" in found


@pytest.mark.parametrize("name", ["sky", "wall", "person"])
def test_the_names_it_shows_are_taken_by_a_swap(neteyes, name):
    scene = "scene://duel?size=64x64"
    assert neteyes("run", scene, "null://", "--no-pace", "--frames", 1, "--swap", f"{name}=tree").code == 0
