from pathlib import Path

import cv2
import numpy as np
import pytest

from engines.errors import SourceError
from export.train.augment import Augment, crop, photometric
from export.train.data import (
    PSEUDO_LABELLED,
    Batches,
    DrawnPool,
    Photo,
    PhotoPool,
    clip_of,
    held_out,
    in_validation,
    read_photos,
)


def checkered(size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """A picture that shows its own labels: grey level = label."""
    labels = (np.indices(size) // 24).sum(0) % 2 * 200
    return np.repeat(labels[..., None], 3, 2).astype(np.uint8), labels.astype(np.uint8)


def write_photo(root: Path, name: str, image: np.ndarray, labels: np.ndarray) -> None:
    for folder in ("photos", "labels"):
        (root / "few" / folder).mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(root / "few" / "photos" / f"{name}.jpg"), image)
    cv2.imwrite(str(root / "few" / "labels" / f"{name}.png"), labels)


def test_sixty_of_the_hundred_true_photos_are_never_trained_on(shared_data: Path) -> None:
    names = [path.name for path in (shared_data / "scenes" / "photos").glob("*.jpg")]
    assert sum(map(held_out, names)) == 60
    assert all(held_out(name) == held_out(Path(name).stem) for name in names)


def test_frames_of_one_clip_are_all_trained_on_or_all_kept(shared_data: Path) -> None:
    by_clip: dict[str, set[bool]] = {}
    kept = 0
    for folder in PSEUDO_LABELLED:
        for path in (shared_data / folder / "photos").glob("*.jpg"):
            kept_too = in_validation(folder, path.name)
            by_clip.setdefault(f"{folder}/{clip_of(folder, path.name)}", set()).add(kept_too)
            kept += kept_too
    assert all(len(sides) == 1 for sides in by_clip.values())
    assert 300 < kept < 700


@pytest.mark.parametrize(
    ("folder", "name", "clip"),
    [
        ("rooms", "hall_017.jpg", "hall"),
        ("rooms", "sam2_01_dog_00012.jpg", "sam2_01_dog"),
        ("people", "0001.jpg", "0001"),
        ("homes", "kitchen_0001.jpg", "kitchen_0001"),
    ],
)
def test_a_frame_belongs_to_its_clip_and_a_photo_to_itself(folder: str, name: str, clip: str) -> None:
    assert clip_of(folder, name) == clip


def test_frames_of_a_drive_that_follow_each_other_stay_together() -> None:
    assert clip_of("streets", "camvid_train_0031.jpg") == clip_of("streets", "camvid_train_0058.jpg")
    assert clip_of("streets", "camvid_train_0031.jpg") != clip_of("streets", "camvid_train_0061.jpg")


def test_photos_are_read_with_their_labels(tmp_path: Path) -> None:
    image, labels = checkered((48, 72))
    write_photo(tmp_path, "b", image, labels)
    write_photo(tmp_path, "a", image[::-1], labels[::-1])
    first, second = read_photos(tmp_path, "few")
    assert (first.name, second.name) == ("a", "b")
    np.testing.assert_array_equal(second.labels, labels)


def test_a_photo_whose_labels_are_of_another_size_is_named(tmp_path: Path) -> None:
    image, labels = checkered((48, 72))
    write_photo(tmp_path, "odd", image, labels[:40])
    with pytest.raises(SourceError, match=r"odd\.jpg"):
        read_photos(tmp_path, "few")


def test_a_folder_without_photos_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nowhere/photos"):
        read_photos(tmp_path, "nowhere")


def test_labels_move_with_the_picture() -> None:
    image, labels = checkered((288, 400))
    for seed in range(20):
        cut, mapped = crop(image, labels, (128, 160), Augment(), np.random.default_rng(seed))
        assert cut.shape == (128, 160, 3) and mapped.shape == (128, 160)
        inside = cv2.erode((mapped != 255).astype(np.uint8), np.ones((3, 3))) > 0  # the rim is blended
        difference = np.abs(cut[inside][:, 0].astype(int) - mapped[inside])
        assert np.median(difference) == 0
        assert inside.mean() > 0.3


def test_light_and_damage_keep_shape_and_change_the_picture() -> None:
    image, _ = checkered((64, 64))
    strong = Augment(damage=1.0)
    changed = photometric(image, strong, np.random.default_rng(0))
    assert changed.shape == image.shape and changed.dtype == np.uint8
    assert np.abs(changed.astype(int) - image).mean() > 1
    np.testing.assert_array_equal(
        photometric(image, Augment(colour=0, damage=0), np.random.default_rng(0)), image
    )


def test_the_batch_of_a_step_is_always_the_same() -> None:
    image, labels = checkered((96, 96))
    pool = PhotoPool([Photo("few", "one", image, labels)])
    batches = Batches([(pool, 0.5), (DrawnPool(), 0.5)], (64, 64), 3, Augment(), seed=4)
    images, maps = batches.at(7)
    assert images.shape == (3, 64, 64, 3) and maps.shape == (3, 64, 64)
    np.testing.assert_array_equal(images, batches.at(7)[0])
    assert (images != batches.at(8)[0]).any()
    assert (images != Batches(batches.pools, (64, 64), 3, Augment(), seed=5).at(7)[0]).any()


def test_batches_prepared_ahead_come_in_order_and_end() -> None:
    image, labels = checkered((96, 96))
    batches = Batches([(PhotoPool([Photo("few", "one", image, labels)]), 1.0)], (32, 32), 2, Augment())
    for start, stop in ((0, 5), (3, 5), (5, 5)):
        given = list(batches.ahead(start, stop))
        assert len(given) == stop - start
        for step, (images, _) in enumerate(given, start):
            np.testing.assert_array_equal(images, batches.at(step)[0])
