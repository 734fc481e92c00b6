import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from export.nets.deeplab import DeepLabV3Plus
from export.train.augment import Augment
from export.train.data import Batches, DrawnPool, Photo
from export.train.evaluate import segment
from export.train.train_segmenter import (
    IGNORED,
    TRAINED,
    SegmenterTraining,
    target_table,
)

PERSON, HORSE, ZEBRA, CLOUDS, SKY, FORK = 0, 18, 23, 105, 156, 42


def test_a_true_label_that_is_not_trained_becomes_the_commonest_of_its_group() -> None:
    pixels = np.zeros(256, np.int64)
    pixels[HORSE] = 10
    table = target_table(TRAINED, pixels)
    assert table[PERSON] == TRAINED.index(PERSON)
    assert table[ZEBRA] == TRAINED.index(HORSE)
    assert table[CLOUDS] == TRAINED.index(SKY)
    assert table[FORK] == table[255] == IGNORED


def test_training_learns_a_drawn_scene() -> None:
    torch.manual_seed(0)
    pool = DrawnPool(frames=1)
    image, labels = pool.draw(np.random.default_rng(0))
    photos = [Photo("drawn", "one", image, labels)]
    training = SegmenterTraining(
        DeepLabV3Plus(TRAINED, width=24),
        target_table(TRAINED, np.zeros(256, np.int64)),
        torch.ones(len(TRAINED)),
        0.01,
        {"validation": photos},
    )
    batches = Batches([(pool, 1.0)], (64, 64), 2, Augment(whole=1, colour=0, damage=0))
    losses = []
    for step in range(12):
        images, maps = (torch.from_numpy(array) for array in batches.at(step))
        losses.append(training.step(images, maps)["loss"])
    assert losses[-1] < 0.7 * losses[0]
    net = training.modules["net"].eval()
    assert 0 <= training.evaluate(net)["validation"] <= 1
    assert training.sheet(net).ndim == 3
    answer = segment(net, image)
    assert answer.shape == labels.shape and set(np.unique(answer)) <= set(TRAINED)
    assert DeepLabV3Plus.from_checkpoint(training.checkpoint(net)).label_ids == TRAINED


@pytest.mark.parametrize("command", ["segmenter", "painter"])
def test_a_folder_without_photos_is_named_without_a_traceback(command: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "export.train",
            command,
            "--data",
            str(tmp_path),
            "--out",
            str(tmp_path / "run"),
        ],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=False,
    )
    assert done.returncode == 1
    assert str(tmp_path) in done.stderr and "Traceback" not in done.stderr
