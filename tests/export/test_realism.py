"""The realism of pictures, by SqueezeNet's features."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from engines.errors import CheckpointError
from export.nets.squeezenet import SqueezeNet, load_squeezenet
from export.realism import Gaussian, frechet_distance, picture_features, realism


def photos(folder: Path, count: int) -> torch.Tensor:
    paths = sorted((folder / "photos").glob("*.jpg"))[:count]
    images = [cv2.resize(cv2.imread(str(path))[:, :, ::-1], (128, 128)) for path in paths]
    return torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).float() / 127.5 - 1


@pytest.fixture(scope="module")
def squeezenet(shared_data: Path) -> SqueezeNet:
    return load_squeezenet(shared_data / "teachers" / "squeezenet1_1.npz")


def test_the_distance_of_two_gaussians_is_what_the_formula_says() -> None:
    one = Gaussian(np.zeros(2), np.diag([1.0, 4.0]))
    other = Gaussian(np.array([3.0, 4.0]), np.diag([9.0, 4.0]))
    assert frechet_distance(one, one) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(one, other) == pytest.approx(25 + 4)  # (1 - 3)² of the first axis


def test_blurred_photos_look_less_real_than_photos(squeezenet: SqueezeNet, shared_data: Path) -> None:
    real = photos(shared_data / "nature", 60)
    known = picture_features(squeezenet, real[:40].split(10))
    blurred = torch.nn.functional.avg_pool2d(real[40:], 7, 1, 3)
    sharp, soft = (realism(picture_features(squeezenet, [p]), known) for p in (real[40:], blurred))
    assert soft > 1.5 * sharp > 0


def test_it_names_bears(squeezenet: SqueezeNet, shared_data: Path) -> None:
    bears = [
        path
        for kind in ("grizzly", "black")
        for path in (shared_data / "animals" / "photos").glob(f"{kind}_*")
    ]
    images = [cv2.resize(cv2.imread(str(path))[:, :, ::-1], (224, 224)) for path in sorted(bears)[::9]]
    pictures = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).float() / 127.5 - 1
    first = squeezenet.classes(squeezenet.features(pictures)).mean((2, 3)).topk(5).indices
    seen = [bool(set(row.tolist()) & {294, 295, 296, 297}) for row in first]
    assert np.mean(seen) > 0.7


def test_a_file_of_another_net_is_refused_in_words(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", **{"conv1.weight": np.zeros((4, 3, 3, 3), np.float32)})
    with pytest.raises(CheckpointError, match="another net"):
        load_squeezenet(tmp_path / "other.npz")
    with pytest.raises(CheckpointError, match="cannot be read"):
        load_squeezenet(tmp_path / "none.npz")
