"""The likeness figures: the pixels that count, and judges that recognise real things."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.likeness import LikenessSample, measure_likeness
from benchmarks.photos import labelled_photos
from benchmarks.sheet import draw_sheet
from benchmarks.teachers import Teachers
from engines.bundle import open_bundle
from engines.errors import CheckpointError, SourceError
from engines.labels import UNLABELLED
from export.groups import group_confusion, group_iou, grouped_accuracy
from stream.controls import Controls
from stream.frame import Frame
from stream.nets.cpu import open_stages

PERSON, BOTTLE, SKY = 0, 43, 156


@pytest.fixture(scope="session")
def teachers(shared_data: Path) -> Teachers:
    pytest.importorskip("ai_edge_litert", reason="the teachers' runtime is not installed")
    return Teachers(shared_data / "teachers", threads=1)


@pytest.fixture
def bundle():
    return open_bundle("small")


def save(folder: Path, name: str, image: np.ndarray, labels: np.ndarray) -> None:
    for kind, array, suffix in (("photos", image, "jpg"), ("labels", labels, "png")):
        (folder / kind).mkdir(exist_ok=True)
        cv2.imwrite(f"{folder / kind / name}.{suffix}", array)


def copy(shared_data: Path, names: list[str], folder: Path) -> None:
    for kind, suffix in (("photos", "jpg"), ("labels", "png")):
        (folder / kind).mkdir(exist_ok=True)
        for name in names:
            shutil.copy(shared_data / "scenes" / kind / f"{name}.{suffix}", folder / kind)


def named_by_the_segmenter(bundle, image: np.ndarray) -> np.ndarray:
    controls = Controls(bundle.card.segment.space, bundle.card.synthesize.space, steadiness=None)
    segment, *_ = open_stages(bundle, controls, threads=1)
    with segment:
        return segment(Frame(0, 0.0, 0.0, image)).labels


def test_a_segmenter_that_is_right_everywhere_has_accuracy_one(bundle, teachers, shared_data, tmp_path):
    middle = cv2.resize(cv2.imread(str(shared_data / "scenes/photos/000000010014.jpg")), (256, 256))
    save(tmp_path, "wide", np.pad(middle, ((0, 0), (40, 24), (0, 0))), np.full((256, 320), SKY, np.uint8))
    (photo,) = labelled_photos(tmp_path)
    image, labels = photo.read()
    labels[:, 32:288] = named_by_the_segmenter(bundle, image)
    cv2.imwrite(str(photo.labels), labels)
    figures, _ = measure_likeness(bundle, [photo], teachers, threads=1)
    assert figures["segment"]["accuracy"] == 1
    assert set(figures["segment"]["iou"].values()) == {1}
    assert 0 <= figures["round_trip"]["accuracy"] < 1


def test_a_photo_without_labels_that_count_changes_nothing(bundle, teachers, shared_data, tmp_path):
    copy(shared_data, ["000000010014"], tmp_path)
    alone, _ = measure_likeness(bundle, labelled_photos(tmp_path), teachers, threads=1)
    blank = np.full((90, 70), UNLABELLED, np.uint8)
    blank[:45] = BOTTLE  # is in no group
    save(tmp_path, "blank", np.zeros((90, 70, 3), np.uint8), blank)
    both, samples = measure_likeness(bundle, labelled_photos(tmp_path), teachers, threads=1)
    assert both.pop("photos") == alone.pop("photos") + 1
    assert both == alone
    assert [sample.name for sample in samples] == ["000000010014", "blank"]
    assert draw_sheet(samples, (256, 256), "two").shape[0] > 2 * 256


def test_nothing_to_compare_with_is_an_error(bundle, teachers, tmp_path):
    save(tmp_path, "a", np.zeros((64, 64, 3), np.uint8), np.full((64, 64), UNLABELLED, np.uint8))
    with pytest.raises(SourceError, match="17 groups"):
        measure_likeness(bundle, labelled_photos(tmp_path), teachers, threads=1)


def test_samples_are_spread_over_the_photos(bundle, teachers, tmp_path):
    for number in range(5):
        save(tmp_path, str(number), np.zeros((32, 48, 3), np.uint8), np.full((32, 48), SKY, np.uint8))
    seen = []
    _, samples = measure_likeness(
        bundle, labelled_photos(tmp_path), teachers, threads=1, samples=2, done=lambda: seen.append(1)
    )
    assert [sample.name for sample in samples] == ["0", "3"]
    assert len(seen) == 5


def test_the_teachers_label_the_things_in_real_photos(teachers, shared_data, tmp_path):
    copy(shared_data, ["000000010014", "000000010015", "000000010024"], tmp_path)
    pairs = [photo.read() for photo in labelled_photos(tmp_path)]
    confusion = sum(group_confusion(teachers.label(image), labels) for image, labels in pairs)
    assert grouped_accuracy(confusion) > 0.6
    assert group_iou(confusion)["person"] > 0.6


def test_missing_teachers_are_named_with_where_they_are_published(tmp_path):
    with pytest.raises(CheckpointError, match=r"ade20k.*is missing.*mlcommons/mobile_models.*--teachers"):
        Teachers(tmp_path)


def test_the_sheet_has_the_painting_and_its_labels():
    photo, picture = np.full((90, 120, 3), 200, np.uint8), np.full((64, 64, 3), (10, 20, 250), np.uint8)
    true, seen = np.full((64, 64), SKY, np.uint8), np.full((64, 64), PERSON, np.uint8)
    frame = Frame(0, 0.0, 0.0, photo, painted_labels=true, picture=picture)
    sheet = draw_sheet([LikenessSample("a", frame, seen, 0.5, float("nan"))], (64, 64), "one")
    middle = sheet[sheet.shape[0] // 2 - 60]
    quarter = sheet.shape[1] // 4
    of_photo, of_labels, of_picture, of_seen = (middle[quarter * i + 40] for i in range(4))
    assert of_photo.tolist() == [200] * 3
    assert of_picture.tolist() == [10, 20, 250]
    assert of_labels[0] > of_labels[2]  # sky is blue
    assert of_seen[2] > of_seen[0]  # a person is red


GREY, COLOUR = np.zeros((8, 8), np.uint8), np.zeros((8, 8, 3), np.uint8)


@pytest.mark.parametrize(
    ("labels", "message"),
    [(COLOUR, "8-bit grey"), (GREY.astype(np.uint16), "8-bit grey"), (GREY[:4], "8x8 and 8x4")],
)
def test_an_invalid_label_map_is_named(tmp_path, labels, message):
    save(tmp_path, "a", COLOUR, labels)
    (photo,) = labelled_photos(tmp_path)
    with pytest.raises(SourceError, match=message):
        photo.read()


def test_a_photo_without_its_label_map_is_named(tmp_path):
    for name in ("a", "b", "c"):
        save(tmp_path, name, COLOUR, GREY)
    (tmp_path / "labels" / "b.png").unlink()
    with pytest.raises(SourceError, match=r"b\.jpg has no label map"):
        labelled_photos(tmp_path)


def test_a_picture_that_cannot_be_read_is_named(tmp_path):
    save(tmp_path, "a", COLOUR, GREY)
    (tmp_path / "photos" / "a.jpg").write_text("no picture")
    with pytest.raises(SourceError, match=r"a\.jpg cannot be read"):
        labelled_photos(tmp_path)[0].read()
