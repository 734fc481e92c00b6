import cv2
import numpy as np
import pytest

from stream.fit import FIT_MODES, PADDING, Fit, FitMode, default_fit, letterbox, resample
from stream.frame import Image
from stream.uri import parse

NET = (256, 256)
SHAPES = [(1, 1), (1, 640), (7, 5), (481, 641), (640, 360), (360, 640), (256, 256), (4320, 7680)]


def drawn_circle(height: int, width: int) -> Image:
    image = np.full((height, width, 3), 30, np.uint8)
    cv2.circle(image, (width // 2, height // 2), min(height, width) // 5, (250, 250, 250), -1)
    return image


def roundness(image: Image) -> float:
    """Return width over height of the white shape in the image."""
    ys, xs = np.nonzero(image[:, :, 0] > 140)
    return float((np.ptp(xs) + 1) / (np.ptp(ys) + 1))


@pytest.mark.parametrize("mode", FIT_MODES)
@pytest.mark.parametrize("net", [(256, 256), (192, 256), (256, 128)])
@pytest.mark.parametrize("shape", [(360, 640), (640, 360), (300, 300)])
def test_a_circle_stays_a_circle(mode: FitMode, net: tuple[int, int], shape: tuple[int, int]) -> None:
    image, fit = drawn_circle(*shape), Fit(mode, net)
    size = fit.display_size(image, 512)

    assert roundness(fit.shown(image, size)) == pytest.approx(1, abs=0.02)
    painted = fit.unfit(fit.to_net(image), image)
    assert roundness(resample(painted, size)) == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("mode", FIT_MODES)
@pytest.mark.parametrize("shape", SHAPES)
def test_any_shape_fits_and_is_shown_with_even_sides(mode: FitMode, shape: tuple[int, int]) -> None:
    image, fit = np.full((*shape, 3), 90, np.uint8), Fit(mode, NET)

    fitted = fit.to_net(image)
    height, width = fit.display_size(image, 512)

    assert fitted.shape == (*NET, 3)
    assert fitted.dtype == np.uint8
    assert fitted.flags.c_contiguous
    assert fit.unfit(fitted, image).size
    assert height % 2 == width % 2 == 0
    assert 0 < height <= 512
    assert 0 < width <= 4 * 512


def test_pad_shows_all_of_the_frame_and_nothing_of_the_padding() -> None:
    image, fit = np.full((360, 640, 3), 250, np.uint8), Fit("pad", NET)
    fitted = fit.to_net(image)

    assert (fitted[0, 0] == PADDING).all()
    assert (fit.unfit(fitted, image) == 250).all()
    small = cv2.resize(fitted, (128, 128), interpolation=cv2.INTER_NEAREST)
    assert (fit.unfit(small, image) == 250).all(), "the painter's size may differ from the segmenter's"


def test_crop_sees_the_middle_and_shows_what_it_saw() -> None:
    image = np.zeros((100, 300, 3), np.uint8)
    image[:, 100:200] = 200
    fit = Fit("crop", NET)

    assert (fit.to_net(image) == 200).all()
    assert fit.shown(image).shape == (100, 100, 3)
    assert (fit.shown(image) == 200).all()


def test_a_frame_of_the_nets_size_reaches_it_unchanged() -> None:
    image = np.random.default_rng(1).integers(0, 256, (*NET, 3), dtype=np.uint8)
    for mode in FIT_MODES:
        assert (Fit(mode, NET).to_net(image) == image).all()


def test_the_frames_size_may_change_mid_stream() -> None:
    fit = Fit("pad", NET)
    for shape in [(360, 640), (640, 360), (360, 640)]:
        image = drawn_circle(*shape)
        assert fit.shown(image).shape[:2] == shape
        assert fit.unfit(fit.to_net(image), image).shape[:2] == ((144, 256) if shape[0] < 640 else (256, 144))


@pytest.mark.parametrize("size", [(600, 600), (1024, 1024), (2160, 3840)])
def test_fine_patterns_turn_grey_and_not_into_moire(size: tuple[int, int]) -> None:
    checks = (np.indices(size).sum(axis=0) % 2 * 255).astype(np.uint8)
    shrunk = resample(np.repeat(checks[:, :, None], 3, axis=2), NET)
    assert shrunk[8:-8, 8:-8].std() < 45
    assert shrunk.mean() == pytest.approx(127.5, abs=4)


def test_letterboxing_keeps_proportions_and_is_black_beside() -> None:
    boxed = letterbox(drawn_circle(200, 200), (300, 500))
    assert boxed.shape == (300, 500, 3)
    assert roundness(boxed) == pytest.approx(1, abs=0.02)
    assert (boxed[:, :100] == 0).all()
    assert (boxed[:, -100:] == 0).all()


SIZES = Fit("crop", (256, 256), ((192, 352), (352, 192)))


@pytest.mark.parametrize(
    ("shape", "net"),
    [
        ((720, 1280), (192, 352)),
        ((480, 640), (256, 256)),
        ((400, 400), (256, 256)),
        ((1920, 1080), (352, 192)),
        ((100, 900), (192, 352)),
    ],
)
def test_a_frame_gets_the_net_size_nearest_to_its_proportions(
    shape: tuple[int, int], net: tuple[int, int]
) -> None:
    image = np.zeros((*shape, 3), np.uint8)
    assert SIZES.size_for(image) == net
    assert SIZES.to_net(image).shape == (*net, 3)


@pytest.mark.parametrize("mode", FIT_MODES)
def test_a_frame_of_nearly_the_nets_proportions_is_seen_whole_and_without_borders(mode: FitMode) -> None:
    image = np.full((360, 640, 3), 40, np.uint8)
    image[:, :6] = 200  # 16:9 into 11:6: the cut would be at the top
    image[:4] = 200
    fit = Fit(mode, (192, 352))
    fitted = fit.to_net(image)
    assert (fitted[:, 0] > 150).all() and (fitted[0] > 150).all()
    assert fit.shown(image).shape == image.shape
    assert fit.unfit(fitted, image).shape == fitted.shape
    assert fit.cut(image) == ""


def test_what_is_cut_is_said_with_its_share_and_sides() -> None:
    upright, lying = np.zeros((640, 360, 3), np.uint8), np.zeros((480, 640, 3), np.uint8)
    fit = Fit("crop", NET)
    assert "is 360x640 (9:16), and the nets take 256x256 (1:1): 44%" in fit.cut(upright)
    assert "at the top and the bottom" in fit.cut(upright)
    assert "25% of it is cut off, left and right" in fit.cut(lying)
    for mode in ("pad", "stretch"):
        assert Fit(mode, NET).cut(upright) == ""


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("clip.mp4", "pad"),
        ("photos/", "pad"),
        ("fault+file://clip.mp4?drop=0.1", "pad"),
        ("0", "crop"),
        ("rtsp://camera/live", "crop"),
        ("scene://duel", "crop"),
    ],
)
def test_clips_and_pictures_stay_whole_and_cameras_fill_the_net(name: str, mode: FitMode) -> None:
    assert default_fit(parse(name)) == mode
