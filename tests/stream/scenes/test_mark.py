import io
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from stream.scenes import Scene, mark
from stream.scenes.duel import Duel

INDEXES = [
    0,
    1,
    2,
    255,
    256,
    65535,
    1 << 16,
    (1 << 24) - 1,
    1 << 24,
    0xABCDEF12,
    (1 << 32) - 1,
    7,
    8,
    9,
    10,
    11,
]


@pytest.fixture(scope="module")
def duel() -> Scene:
    return Duel(0, (640, 360))


def through_h264(pictures: list[np.ndarray], crf: int) -> list[np.ndarray]:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream(
            "libx264", rate=Fraction(30), options={"crf": str(crf), "preset": "veryfast"}
        )
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode())
    file.seek(0)
    with av.open(file) as container:
        return [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]


def marked(scene: Scene) -> list[np.ndarray]:
    pictures = [scene.at(number).image.copy() for number in range(len(INDEXES))]
    for picture, index in zip(pictures, INDEXES, strict=True):
        mark.draw(picture, index)
    return pictures


def test_every_index_survives_h264_at_a_low_bitrate(duel: Scene) -> None:
    assert [mark.read(picture) for picture in through_h264(marked(duel), 35)] == INDEXES


def test_every_index_survives_halving_and_then_h264(duel: Scene) -> None:
    halved = [cv2.resize(picture, None, fx=0.5, fy=0.5) for picture in marked(duel)]
    assert [mark.read(picture) for picture in through_h264(halved, 35)] == INDEXES


@pytest.mark.parametrize("size", [(256, 256), (1920, 1080), (427, 240), (360, 640)])
def test_a_mark_survives_any_scaling_also_one_that_stretches(duel: Scene, size: tuple[int, int]) -> None:
    for picture, index in zip(marked(duel), INDEXES, strict=True):
        assert mark.read(cv2.resize(picture, size, interpolation=cv2.INTER_AREA)) == index


def test_what_bears_no_mark_has_no_index(duel: Scene) -> None:
    noise = np.random.default_rng(0)
    for number in range(0, 90, 9):
        assert mark.read(duel.at(number).image) is None
        assert mark.read(noise.integers(0, 256, (90, 160, 3), dtype=np.uint8)) is None
    for level in (0, 128, 255):
        assert mark.read(np.full((360, 640, 3), level, np.uint8)) is None
    assert mark.read(np.zeros((1, 1, 3), np.uint8)) is None


def test_a_damaged_cell_is_not_read_as_another_index(duel: Scene) -> None:
    picture = marked(duel)[9]
    cell = picture[:15, 40:53]
    cell[:] = 255 - cell
    assert mark.read(picture) is None


def test_the_smallest_markable_picture_is_read_back_and_a_smaller_one_refused() -> None:
    picture = np.zeros((mark.SMALLEST[1], mark.SMALLEST[0], 3), np.uint8)
    mark.draw(picture, 123456)
    assert mark.read(picture) == 123456
    with pytest.raises(ValueError, match="needs 96x48"):
        mark.draw(np.zeros((40, 90, 3), np.uint8), 1)
    with pytest.raises(ValueError, match="holds 0 to"):
        mark.draw(picture, 1 << 32)
