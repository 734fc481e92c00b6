from pathlib import Path

import cv2
import numpy as np
import pytest

from engines.labels import LabelSpace
from stream.frame import Image
from stream.views.name_placement import Name, Names, place_names

COCO = LabelSpace.load("coco-stuff")
SHOWN = (512, 512)


def labelled(**blobs: tuple[int, int, int, int]) -> Image:
    """A map of sky with blobs of name=(left, top, width, height) in it."""
    labels = np.full((256, 256), COCO.id("sky-other"), np.uint8)
    for name, (left, top, width, height) in blobs.items():
        labels[top : top + height, left : left + width] = COCO.id(name)
    return labels


def named(labels: Image, shown: tuple[int, int] = SHOWN) -> dict[str, Name]:
    return {name.text: name for name in place_names(labels, COCO, shown)}


def test_a_large_blob_carries_its_name_in_its_middle_and_a_small_one_none() -> None:
    names = named(labelled(person=(100, 80, 70, 150), dog=(20, 20, 6, 6)))

    assert set(names) == {"person", "sky-other"}
    assert abs(names["person"].x - 2 * 135) <= 8
    assert abs(names["person"].y - 2 * 155) <= 8


def test_the_name_lies_inside_its_blob() -> None:
    left, top, right, bottom = named(labelled(person=(100, 80, 70, 150)))["person"].box
    assert 200 <= left < right <= 340
    assert 160 <= top < bottom <= 460


def test_letters_grow_with_the_blob() -> None:
    small = named(labelled(person=(100, 80, 30, 60)))["person"]
    large = named(labelled(person=(60, 40, 120, 180)))["person"]
    assert small.size < large.size


def test_what_has_no_label_has_no_name() -> None:
    assert place_names(np.full((256, 256), 255, np.uint8), COCO, SHOWN) == []


def test_two_blobs_of_one_label_carry_it_twice() -> None:
    labels = labelled(person=(20, 80, 60, 150))
    labels[80:230, 170:230] = COCO.id("person")
    assert [name.text for name in place_names(labels, COCO, SHOWN)].count("person") == 2


def test_specks_do_not_move_a_name() -> None:
    labels = labelled(person=(60, 40, 120, 180))
    before = named(labels)["person"]
    speckled = labels.copy()
    y, x = np.random.default_rng(0).integers(0, 256, (2, 40))
    speckled[y, x] = COCO.id("tree")
    after = named(speckled)["person"]
    assert np.hypot(before.x - after.x, before.y - after.y) <= 16


def test_a_name_walks_with_its_blob_and_does_not_jump() -> None:
    places = []
    for step in range(60):
        labels = labelled(mountain=(0, 150, 256, 106), person=(20 + 2 * step, 60, 50, 160))
        name = named(labels)["person"]
        places.append((name.x, name.y))
    steps = np.hypot(*np.diff(places, axis=0).T)
    assert steps.max() <= 12, "the blob moves 4 pixels a frame"


def test_in_a_film_a_name_glides_where_a_place_found_anew_would_jump() -> None:
    whole = labelled(road=(0, 180, 256, 76))
    cut = whole.copy()
    cut[:, 128:140] = COCO.id("tree")  # a trunk passes, and cuts sky and road in two
    film, xs = Names(), []
    for step in range(40):
        names = film.place(cut if 10 <= step < 25 else whole, COCO, SHOWN)
        xs.append(min((name.x for name in names if name.text == "sky-other"), key=lambda x: abs(x - 256)))

    found_anew = [named(labels)["sky-other"].x for labels in (whole, cut)]
    assert abs(found_anew[0] - found_anew[1]) > 60
    assert np.abs(np.diff(xs)).max() <= 10
    assert abs(xs[-1] - 256) <= 16, "and comes back to the middle"


def test_in_a_film_names_stand_still_while_nothing_moves() -> None:
    film, rng = Names(), np.random.default_rng(3)
    places = set()
    for _ in range(30):
        labels = labelled(person=(90, 70, 80, 150))
        y, x = rng.integers(0, 256, (2, 60))
        labels[y, x] = COCO.id("tree")
        names = {name.text: name for name in film.place(labels, COCO, SHOWN)}
        places.add((names["person"].x, names["person"].y, names["person"].size))
    assert len(places) <= 3


def test_a_film_that_changes_its_size_is_named_anew() -> None:
    film = Names()
    film.place(labelled(person=(100, 80, 70, 150)), COCO, (1024, 1024))
    small = film.place(labelled(person=(100, 80, 70, 150)), COCO, (256, 256))
    assert small == place_names(labelled(person=(100, 80, 70, 150)), COCO, (256, 256))


def test_bits_cut_off_from_a_blob_carry_no_second_name() -> None:
    labels = labelled(person=(60, 40, 120, 180))
    labels[10:36, 4:34] = COCO.id("person")
    assert [name.text for name in place_names(labels, COCO, SHOWN)].count("person") == 1


def test_names_have_the_same_place_when_the_map_is_larger() -> None:
    labels = labelled(person=(100, 80, 70, 150))
    large = cv2.resize(labels, (512, 512), interpolation=cv2.INTER_NEAREST)
    one, other = named(labels)["person"], named(large)["person"]
    assert np.hypot(one.x - other.x, one.y - other.y) <= 8


@pytest.mark.parametrize("shape", [(1, 1), (1, 256), (256, 1), (2, 3), (144, 256)])
@pytest.mark.parametrize("shown", [(2, 2), (512, 910), (2, 2048), (64, 36)])
def test_any_shape_can_be_named(shape: tuple[int, int], shown: tuple[int, int]) -> None:
    for name in place_names(np.full(shape, COCO.id("tree"), np.uint8), COCO, shown):
        assert name.text == "tree"


def test_names_on_real_maps_stand_on_their_label_and_clear_of_each_other(shared_data: Path) -> None:
    maps = sorted((shared_data / "scenes" / "labels").glob("*.png"))[:30]
    count = 0
    for path in maps:
        labels = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        high, wide = 512 / labels.shape[0], 512 / labels.shape[1]
        names = place_names(labels, COCO, SHOWN)  # type: ignore[arg-type]
        canvas = np.zeros(SHOWN, int)
        for name in names:
            around = labels[
                max(0, int((name.y - 12) / high)) : int((name.y + 12) / high) + 1,
                max(0, int((name.x - 12) / wide)) : int((name.x + 12) / wide) + 1,
            ]
            assert (around == name.label).mean() > 0.3, f"{name.text} in {path.name}"
            left, top, right, bottom = name.box
            assert left >= 0
            assert right <= 512
            canvas[top:bottom, left:right] += 1
        assert canvas.max() <= 1
        count += len(names)
    assert count > 3 * len(maps)
