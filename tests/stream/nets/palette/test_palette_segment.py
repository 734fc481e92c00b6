"""A game's colours are its label map: exact without loss, steady under compression, live when it changes."""

import itertools
import logging
import threading
from contextlib import ExitStack
from dataclasses import replace

import cv2
import numpy as np
import pytest

from engines.backends import installed_backends, open_engine
from stream.controls import Controls
from stream.frame import Frame
from stream.nets.open import device_route
from stream.nets.palette.palette import LivePalette, Palette, Region, Tile
from stream.sources.scene import SceneSource
from tests.fixtures.fake_device import FakeDevice
from tests.stream.nets.palette.conftest import BUNDLE, SPACE

SKY, TREE, GRASS, PERSON, HOUSE = map(SPACE.id, ("sky", "tree", "grass", "person", "house"))
BLUE, GREEN, RED, BLACK = (239, 143, 79), (56, 112, 30), (40, 40, 220), (0, 0, 0)


def test_a_game_without_loss_is_segmented_exactly(game, game_palette, segmented, accuracy):
    images, true = game
    assert accuracy(segmented(game_palette, images), true) >= 0.999


@pytest.mark.parametrize("size", [(1280, 720), (640, 360), (1920, 1080)])
def test_compression_and_another_scale_change_few_labels(
    size, game, game_palette, segmented, accuracy, compressed
):
    images, true = game
    assert accuracy(segmented(game_palette, compressed(images, size)), true) >= 0.98


def test_a_still_frame_does_not_flicker_after_compression(game, game_palette, segmented, compressed):
    maps = segmented(game_palette, compressed([game[0][3]] * 30, (1280, 720)))
    assert max((one != next).mean() for one, next in itertools.pairwise(maps)) <= 0.001


def test_noise_flips_fewer_labels_with_steadiness(segmented):
    palette = Palette({(200, 120, 60): SKY, (220, 140, 80): TREE})
    between = np.full((192, 352, 3), (210, 130, 70), np.int16)
    noise = np.random.default_rng(0).integers(-3, 4, (6, *between.shape))
    images = list(np.clip(between + noise, 0, 255).astype(np.uint8))

    def flips(steadiness):
        maps = segmented(palette, images, steadiness=steadiness)
        return np.mean([(one != next).mean() for one, next in itertools.pairwise(maps)])

    assert flips(1.0) < 0.2 * flips(0.0)


def test_a_mirrored_game_has_a_mirrored_label_map(game, game_palette, segmented):
    images = game[0][:2]
    (_, plain), (_, flipped) = segmented(game_palette, images), segmented(game_palette, images, mirror=True)
    assert (plain[:, ::-1] == flipped).mean() > 0.995  # pixels are sampled from the left


def test_dithering_of_two_colours_is_one_area(segmented):
    chequered = np.where((np.indices((192, 352)).sum(0) % 2)[..., None], np.uint8(BLUE), np.uint8(GREEN))
    chequered[:20] = BLUE
    (labels,) = segmented(Palette({BLUE: SKY, GREEN: TREE}), [chequered])
    assert (labels == SKY).mean() > 0.98


def test_specks_take_the_label_around_them(segmented):
    image = np.full((192, 352, 3), BLUE, np.uint8)
    image[10::20, 10::20] = RED
    (labels,) = segmented(Palette({BLUE: SKY, RED: PERSON}), [image])
    assert (labels == SKY).all()


def test_outlines_take_the_label_beside_them(segmented):
    image = np.full((192, 352, 3), BLUE, np.uint8)
    cv2.circle(image, (176, 96), 60, RED, -1)
    cv2.circle(image, (176, 96), 60, BLACK, 6)
    (labels,) = segmented(Palette({BLUE: SKY, RED: PERSON, BLACK: None}), [image])
    assert set(np.unique(labels)) == {SKY, PERSON}
    assert labels[96, 176] == PERSON and labels[0, 0] == SKY


def test_a_colour_that_matches_nothing_takes_the_default_or_its_neighbours(segmented):
    image = np.full((192, 352, 3), BLUE, np.uint8)
    image[50:90, 50:90] = RED
    palette = Palette({BLUE: SKY, GREEN: TREE})
    (neighbours,) = segmented(palette, [image])
    (default,) = segmented(replace(palette, default=HOUSE), [image])
    assert (neighbours == SKY).all()
    assert default[70, 70] == HOUSE


def test_a_score_line_that_is_left_out_becomes_what_is_around_it(segmented):
    image = np.full((192, 352, 3), BLUE, np.uint8)
    image[4:12, 20:60] = RED
    palette = Palette({BLUE: SKY, RED: PERSON}, leave_out=(Region(0.0, 0.0, 0.5, 0.1),))
    for mirror in (False, True):
        (labels,) = segmented(palette, [image], mirror=mirror)
        if not mirror:
            assert (labels == SKY).all()


def test_a_tile_is_found_wherever_the_frame_shows_it(segmented):
    brick = np.full((8, 8, 3), GREEN, np.uint8)
    brick[::4] = brick[:, 0] = RED
    brick = brick.repeat(4, 0).repeat(4, 1)
    image = np.full((720, 1280, 3), BLUE, np.uint8)
    image[301:333, 642:674] = image[301:333, 674:706] = brick
    image[600:] = GREEN
    palette = Palette({BLUE: SKY, GREEN: GRASS, RED: PERSON}, tiles=(Tile(brick, HOUSE, "brick.png"),))
    (labels,) = segmented(palette, [image])
    (flipped,) = segmented(palette, [image], mirror=True)
    assert (flipped == HOUSE).sum() == pytest.approx((labels == HOUSE).sum(), rel=0.2)
    assert (labels[82:87, 178:191] == HOUSE).all()
    assert (labels[165:] == GRASS).all()
    assert (labels == HOUSE).mean() < 0.006


def test_photographs_are_told_what_they_want(shared_data, caplog, game_palette, segmented):
    photo = cv2.imread(str(next(iter(sorted((shared_data / "scenes").rglob("*.jpg"))))))
    with caplog.at_level(logging.WARNING):
        segmented(replace(game_palette, tolerance=8.0), [photo] * 31)
    (line,) = (record.getMessage() for record in caplog.records)
    assert "match no colour of the palette game.toml" in line and "leave --segmenter out" in line


def test_a_palette_that_is_replaced_counts_from_the_next_frame(segmented):
    image = np.full((192, 352, 3), BLUE, np.uint8)

    class Replaced(LivePalette):
        def look(self, image, pts):
            if pts > 0:
                self.palette = self.palette.relabelled(BLUE, TREE)

    first, second = segmented(Replaced(Palette({BLUE: SKY})), [image, image])
    assert (first == SKY).all() and (second == TREE).all()


def test_a_live_palette_is_replaced_without_a_frame_that_waits_for_it(segmented):
    image = np.full((192, 352, 3), BLUE, np.uint8)
    made = threading.Event()

    class Slow(LivePalette):
        def look(self, image, pts):
            if pts > 0 and not made.is_set():
                made.wait(10)
                self.palette = Palette({BLUE: TREE, GREEN: GRASS})

    def frames():
        for index in range(200):
            if index == 5:
                made.set()
            yield image

    maps = segmented(Slow(Palette({BLUE: SKY}), aside=True), frames())
    assert all((labels == SKY).all() for labels in maps[:5])  # while the new palette was not ready
    assert (maps[-1] == TREE).all()


def test_a_device_shows_what_the_processor_segments_by_colour(game_palette, segmented):
    backend, device = installed_backends()[0], FakeDevice()
    one = BUNDLE.at((192, 352))

    def open_graph(path, part, device, stream):
        return device.engine(open_engine(path, backend, threads=1, precision=part.precision), stream)

    settings = Controls(SPACE, SPACE)
    way = device_route(
        one, settings, lambda: device, open_graph=open_graph, palette=LivePalette(game_palette)
    )
    given = [
        frame.image
        for frame in SceneSource("arcade", {"seconds": "0.1"}, pace=False).frames(threading.Event())
    ]
    with ExitStack() as entered:
        for stage in way.stages:
            entered.enter_context(stage)
        shown = []
        for index, image in enumerate(given):
            frame = Frame(index, 0.0, index / 15, image)
            for stage in way.stages:
                frame = stage(frame)
            shown.append(frame)
    device.check_closed()
    assert way.facts()["backends"]["segment"] == "palette game.toml"
    for frame, labels in zip(shown, segmented(game_palette, given), strict=True):
        assert np.array_equal(frame.labels, labels)
        assert frame.picture.std() > 5
