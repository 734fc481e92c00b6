"""Colours are found, and named by where they are and how they move."""

import numpy as np

from stream.nets.palette.find_colours import find_colours
from stream.nets.palette.learn import AutoPalette, learn
from stream.nets.palette.palette import hex_of
from stream.scenes.arcade import Arcade
from stream.scenes.arcade.colours import ARCADE_COLOURS
from tests.stream.nets.palette.conftest import SPACE

MEANT = {"sky-other", "dirt", "tree", "person", "grass", "water-other", "mountain"}


def test_a_games_sky_ground_tree_and_person_are_named(game):
    found = learn(game[0], SPACE)
    true = {text: name for text, name in ARCADE_COLOURS if name in MEANT}
    named = {hex_of(one.colour): name for one, name in zip(found.traits, found.names, strict=True)}
    seen = {colour: name for colour, name in true.items() if colour in named}
    assert set(seen.values()) == MEANT
    right = {colour: named[colour] for colour in seen if seen[colour] != "grass"}
    assert right == {colour: name for colour, name in seen.items() if name != "grass"}
    assert named["#63c132"] == "grass"


def test_a_score_that_stands_still_is_left_out(game):
    (region,) = learn(game[0], SPACE).palette.leave_out
    assert region.top + region.height < 0.12 and region.width > 0.7


def test_a_palette_is_learnt_while_the_game_runs(segmented):
    scene = Arcade(0, (640, 360))
    drawn = [scene.at(4 * index) for index in range(30)]
    auto = AutoPalette(SPACE)
    last = segmented(auto, [one.image for one in drawn])[-1]
    person = SPACE.id("person")
    true = Arcade(0, (352, 192)).at(4 * 29).labels
    both = ((last == person) & (true == person)).sum()
    assert both > 0.5 * (true == person).sum() > 0


def test_a_thing_that_comes_later_gets_colours_of_its_own(segmented):
    scene, house = Arcade(0, (640, 360)), SPACE.id("house")
    drawn = [scene.at(4 * index) for index in range(250)]
    before = [one.image for one in drawn if not (one.labels == house).any()][:45]
    after = [one for one in drawn if (one.labels == house).mean() > 0.01][:16]
    assert (len(before), len(after)) == (45, 16)
    last = segmented(AutoPalette(SPACE), before + [one.image for one in after])[-1]
    assert (last == house).mean() > 0.5 * (after[-1].labels == house).mean()


def test_colours_that_cannot_be_told_apart_are_found_once():
    image = np.full((60, 80, 3), 255, np.uint8)
    image[:10] = (250, 251, 251)
    image[40:] = (40, 160, 60)
    assert find_colours([image]) == [(255, 255, 255), (40, 160, 60)]
    assert learn([image], SPACE).palette.colours


def test_the_same_frames_give_the_same_colours():
    noise = np.random.default_rng(0).integers(0, 256, (120, 160, 3)).astype(np.uint8)
    assert find_colours([noise]) == find_colours([noise])
    assert 4 < len(find_colours([noise])) <= 20
