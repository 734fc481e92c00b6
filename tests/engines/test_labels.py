import numpy as np
import pytest

from engines.errors import LabelError, UsageError
from engines.labels import LabelSpace, parse_swaps, swap_table

COCO = LabelSpace.load("coco-stuff")
VOC = LabelSpace.load("voc")


def test_ids_are_those_of_the_published_nets():
    assert len(COCO) == 182
    known = {0: "person", 22: "bear", 38: "baseball bat", 81: "refrigerator", 156: "sky-other", 168: "tree"}
    assert {label: COCO.name(label) for label in known} == known
    assert COCO.name(181) == "wood"
    assert COCO.name(255) == "unlabelled"


def test_a_name_may_be_typed_with_capitals_underscores_or_without_other():
    assert COCO.id("Person") == 0
    assert COCO.id("baseball_bat") == 38
    assert COCO.id("sky") == COCO.id("sky-other")


def test_the_error_for_an_unknown_name_offers_the_nearest():
    with pytest.raises(LabelError, match="Did you mean person"):
        COCO.id("persn")
    with pytest.raises(LabelError, match="skyscraper"):
        COCO.id("scraper")


def test_an_unknown_space_lists_those_there_are():
    with pytest.raises(LabelError, match="coco-stuff"):
        LabelSpace.load("coco")


def test_swaps_happen_all_at_once():
    table = swap_table(COCO, COCO, {"person": "dog", "dog": "person"})
    assert table[0] == COCO.id("dog")
    assert table[COCO.id("dog")] == 0
    untouched = [label for label in range(182) if label not in (0, COCO.id("dog"))]
    assert np.array_equal(table[untouched], untouched)
    assert set(table[182:]) == {255}


def test_another_space_is_mapped_by_name_and_a_missing_label_is_unlabelled():
    table = swap_table(VOC, COCO, {"pottedplant": "tree"})
    assert table[VOC.id("person")] == 0
    assert table[VOC.id("pottedplant")] == COCO.id("tree")
    assert table[VOC.id("background")] == 255


def test_swaps_are_read_from_options_and_files_alike():
    text = "person = bear  # everyone\n\n# nothing else\nsky=sea, wall-other=door"
    assert parse_swaps([text]) == {"person": "bear", "sky": "sea", "wall-other": "door"}


@pytest.mark.parametrize("text", ["person", "person=", "=dog", "a=b=c, =d"])
def test_a_text_that_is_no_swap_is_refused(text):
    with pytest.raises(UsageError, match="NAME=NAME"):
        parse_swaps([text])


def test_one_label_swapped_for_two_is_refused():
    with pytest.raises(UsageError, match="twice"):
        parse_swaps(["person=dog", "person=cat"])
