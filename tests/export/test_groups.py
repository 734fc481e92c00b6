import json
from pathlib import Path

import numpy as np
import pytest

from export.groups import group_confusion, group_iou, group_table, grouped_accuracy, groups

PERSON, DOG, CAT, SKY, CLOUDS, BOTTLE = 0, 17, 16, 156, 105, 43


def label_map(*rows: list[int]) -> np.ndarray:
    return np.array(rows, np.uint8)


def test_the_groups_are_those_that_the_photos_are_judged_by(shared_data: Path) -> None:
    theirs = json.loads((shared_data / "groups.json").read_text())
    assert {name: list(ids) for name, ids in groups().items()} == theirs


def test_no_label_is_in_two_groups() -> None:
    ids = [i for members in groups().values() for i in members]
    assert len(ids) == len(set(ids)) == (group_table() != 255).sum()


def test_labels_of_the_same_group_count_as_right_and_labels_of_no_group_as_wrong() -> None:
    true = label_map([DOG, DOG, SKY, SKY, PERSON, BOTTLE, 255])
    seen = label_map([CAT, SKY, CLOUDS, SKY, BOTTLE, PERSON, PERSON])
    confusion = group_confusion(seen, true)
    assert confusion.sum() == 5  # the bottle and the unlabelled pixel are not counted
    assert grouped_accuracy(confusion) == pytest.approx(3 / 5)
    assert group_iou(confusion) == pytest.approx({"person": 0.0, "animal": 1 / 2, "sky": 2 / 3})


def test_photos_add_up() -> None:
    one = group_confusion(label_map([SKY, SKY]), label_map([SKY, DOG]))
    other = group_confusion(label_map([DOG]), label_map([CAT]))
    assert grouped_accuracy(one + other) == pytest.approx(2 / 3)


def test_nothing_to_count_is_no_accuracy() -> None:
    assert np.isnan(grouped_accuracy(group_confusion(label_map([0]), label_map([255]))))
