import pytest

from engines.errors import LabelError, UsageError
from engines.label_mapping import map_names, map_space, mapped_spaces
from engines.labels import UNLABELLED, LabelSpace

COCO = LabelSpace.load("coco-stuff")
NEVER_DRAWN = {11, 25, 28, 29, 44, 65, 67, 68, 70, 82, 90}
"""Ids that COCO-Stuff keeps free of pixels: street sign, hat, shoe, eye glasses, plate, mirror, desk, …"""

SIZES = {"coco-stuff": 182, "ade20k": 150, "cityscapes": 19, "voc": 21}


def labels_of(names):
    return dict(zip(names.names, (COCO.name(label) for label in names.ids), strict=True))


@pytest.mark.parametrize("key", SIZES)
def test_every_label_of_a_known_space_is_in_its_table(key):
    names = map_space(key)
    assert names.names == LabelSpace.load(key).names
    assert len(names.names) == len(names.ids) == SIZES[key] == len(set(names.names))
    for name, label in zip(names.names, names.ids, strict=True):
        assert label < 182 or name in names.unmapped or name == "background"
    assert names.trained == tuple(sorted(set(names.ids) - {UNLABELLED}))


def test_the_spaces_with_a_table():
    assert set(mapped_spaces()) == set(SIZES)
    with pytest.raises(LabelError, match=r"'kitti'.*Known: coco-stuff, ade20k"):
        map_space("kitti")


@pytest.mark.parametrize("key", ["ade20k", "cityscapes", "voc"])
def test_no_table_maps_to_a_label_that_has_no_pixels_in_coco_stuff(key):
    assert not NEVER_DRAWN & set(map_space(key).ids)


@pytest.mark.parametrize("key", ["ade20k", "cityscapes", "voc"])
def test_a_table_has_no_line_that_is_not_used(key):
    import tomllib
    from importlib.resources import files

    table = tomllib.loads((files("engines") / "label_maps" / f"{key}.toml").read_text("utf-8"))
    assert set(table) <= set(LabelSpace.load(key).names)


def test_a_table_maps_names_that_are_spelt_differently():
    assert labels_of(map_space("voc"))["sofa"] == "couch"
    assert labels_of(map_space("voc"))["background"] == "unlabelled"
    assert labels_of(map_space("cityscapes"))["rider"] == "person"
    assert labels_of(map_space("ade20k"))["swivel chair"] == "chair"
    assert map_space("cityscapes").unmapped == ("pole",)


def test_a_list_with_names_of_its_own():
    names = map_names(["Person", "sky", "traffic_light", "tyre = car", "", "void = unlabelled", "sofa"])
    assert labels_of(names) == {
        "Person": "person",
        "sky": "sky-other",
        "traffic_light": "traffic light",
        "tyre": "car",
        "void": "unlabelled",
        "sofa": "unlabelled",
    }
    assert names.space is None
    assert names.unmapped == ("sofa",)  # a guess would have said couch


def test_an_unmapped_name_comes_with_those_it_resembles():
    assert "surfboard" in map_names(["board"]).hints()["board"]


def test_the_list_of_a_known_space_is_recognised():
    listed = map_names([f"{name.title()}, whatever else" for name in LabelSpace.load("ade20k").names])
    assert listed.space == "ade20k"
    assert listed.ids == map_space("ade20k").ids
    shuffled = map_names(LabelSpace.load("ade20k").names[::-1])
    assert shuffled.space is None
    assert "sofa" in shuffled.unmapped


def test_a_target_in_the_list_overrides_the_table():
    lines = ["pole = metal" if name == "pole" else name for name in LabelSpace.load("cityscapes").names]
    names = map_names(lines)
    assert names.space == "cityscapes"
    assert names.unmapped == ()
    assert labels_of(names)["pole"] == "metal"


@pytest.mark.parametrize("lines", [[], ["", " "]])
def test_an_empty_list_is_refused(lines):
    with pytest.raises(UsageError, match="list of labels is empty"):
        map_names(lines)


@pytest.mark.parametrize("line", ["car =", "= car", "="])
def test_a_line_without_a_name_or_a_target_is_refused(line):
    with pytest.raises(UsageError, match="reads NAME or NAME = COCO-STUFF NAME"):
        map_names(["person", line])


def test_a_line_with_an_unknown_target_is_refused():
    with pytest.raises(LabelError, match=r"Unknown label 'cra'.* car"):
        map_names(["auto = cra"])
