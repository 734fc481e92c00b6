import numpy as np

from benchmarks.recognised import kinds, largest_shape
from engines.labels import LabelSpace

PERSON, DOG, SKY = 0, 17, 156


def test_each_kind_has_classes_of_its_own() -> None:
    names = {LabelSpace.load("coco-stuff").names[label] for label in kinds()}
    assert names == {"bear", "cat", "dog", "car", "bus", "couch", "sheep", "bird", "refrigerator", "boat"}
    every = [number for classes in kinds().values() for number in classes]
    assert len(every) == len(set(every)) and all(0 <= number < 1000 for number in every)


def test_the_largest_thing_is_found_swapped_and_cut_out() -> None:
    labels = np.full((100, 100), SKY, np.uint8)
    labels[10:50, 20:50] = PERSON
    labels[60:90, 60:90] = DOG
    shape = largest_shape(labels)
    assert shape is not None
    swapped = shape.swapped(labels, 22)
    assert (swapped[10:50, 20:50] == 22).all() and (
        swapped[labels != PERSON] == labels[labels != PERSON]
    ).all()
    cut = shape.cut(np.repeat(labels[..., None], 3, 2))
    assert (cut == PERSON).sum() == 40 * 30 * 3 and (cut == DOG).sum() == 0


def test_stuff_specks_and_what_fills_the_picture_are_no_shapes() -> None:
    labels = np.full((100, 100), SKY, np.uint8)
    assert largest_shape(labels) is None
    labels[:10, :10] = PERSON
    assert largest_shape(labels) is None
    labels[:90] = PERSON
    assert largest_shape(labels) is None
