"""Compare nets with different label names by seventeen groups of labels."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

LabelMap = npt.NDArray[np.uint8]
NO_GROUP = 255


@cache
def groups() -> Mapping[str, tuple[int, ...]]:
    """Return each group's name → its COCO-Stuff ids, in the order of the table `groups.toml`."""
    table = tomllib.loads((Path(__file__).parent / "groups.toml").read_text(encoding="utf-8"))
    return {name: tuple(ids) for name, ids in table.items()}


@cache
def group_table() -> LabelMap:
    """Return uint8 (256,): label id → number of its group in `groups()`, 255 for none."""
    table = np.full(256, NO_GROUP, np.uint8)
    for number, ids in enumerate(groups().values()):
        table[list(ids)] = number
    return table


def group_confusion(predicted: LabelMap, true: LabelMap) -> npt.NDArray[np.int64]:
    """Count pixels by group: int64 (17, 18), true group by predicted group; the last column is *none*.

    Args:
        predicted: label map uint8 (H, W).
        true: label map of the same shape; pixels without a group, and unlabelled ones, are not counted.
    """
    count = len(groups())
    rows = group_table()[true].astype(np.int64)
    columns = np.minimum(group_table()[predicted], count).astype(np.int64)
    counted = rows != NO_GROUP
    cells = rows[counted] * (count + 1) + columns[counted]
    return np.bincount(cells, minlength=count * (count + 1)).reshape(count, count + 1)


def grouped_accuracy(confusion: npt.NDArray[np.int64]) -> float:
    """Return the share of the counted pixels with the right group; NaN if none was counted."""
    total = confusion.sum()
    return float(np.trace(confusion) / total) if total else float("nan")


def group_iou(confusion: npt.NDArray[np.int64]) -> dict[str, float]:
    """Return the intersection over union of each group that occurs in the true labels."""
    result = {}
    for number, name in enumerate(groups()):
        true, hit = confusion[number].sum(), confusion[number, number]
        if true:
            result[name] = float(hit / (true + confusion[:, number].sum() - hit))
    return result
