import cv2
import numpy as np
import pytest

from stream.cameras.driver import Damaged
from stream.cameras.jpeg import JpegDecoder


@pytest.fixture
def whole() -> np.ndarray:
    noise = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    return cv2.imencode(".jpg", noise)[1].reshape(-1)


def test_a_whole_frame_is_decoded_whatever_stands_behind_it(whole: np.ndarray) -> None:
    decode = JpegDecoder()
    image = decode(whole)
    assert (image.shape, image.dtype) == ((48, 64, 3), np.uint8)
    np.testing.assert_array_equal(image, decode(np.append(whole, np.zeros(5000, np.uint8))))


def test_a_truncated_frame_is_damaged_though_opencv_would_show_it(whole: np.ndarray) -> None:
    decode, half = JpegDecoder(), np.append(whole[: whole.size // 2], np.zeros(5000, np.uint8))
    assert cv2.imdecode(half, cv2.IMREAD_COLOR) is not None
    decode(whole)
    with pytest.raises(Damaged):
        decode(half)
    decode(whole)


def test_a_camera_that_never_sends_an_end_is_believed(whole: np.ndarray) -> None:
    decode = JpegDecoder()
    for _ in range(3):
        assert decode(whole[:-2]).shape == (48, 64, 3)


@pytest.mark.parametrize("size", [0, 1, 40, 2000])
def test_rubbish_is_damaged(size: int) -> None:
    with pytest.raises(Damaged):
        JpegDecoder()(np.full(size, 7, np.uint8))
