import cv2
import numpy as np
import pytest

from engines.labels import LabelSpace
from stream.controls import VIEWS, View
from stream.fit import FIT_MODES, Fit, FitMode
from stream.frame import Frame, Image
from stream.views.cards import PHOTOSENSITIVITY, card, with_card
from stream.views.label_colours import palette
from stream.views.layers import GUTTER, Display
from stream.views.layouts import annotate, compose, next_view, view_of

COCO = LabelSpace.load("coco-stuff")
FIT = Fit("crop", (256, 256))
DISPLAY = Display(FIT, COCO)


def painted(height: int = 360, width: int = 640, fit: Fit = FIT) -> Frame:
    """A white disc, which the nets see as a person and paint as they saw it."""
    image = np.full((height, width, 3), 30, np.uint8)
    cv2.circle(image, (width // 2, height // 2), min(height, width) // 3, (250, 250, 250), -1)
    seen = fit.to_net(image)
    labels = np.where(seen[:, :, 0] > 140, COCO.id("person"), COCO.id("grass")).astype(np.uint8)
    return Frame(0, 0.0, 0.0, image, painted_labels=labels, picture=seen)


def roundness(mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> float:
    """Return width over height of the pixels that are set."""
    ys, xs = np.nonzero(mask)
    return float((np.ptp(xs) + 1) / (np.ptp(ys) + 1))


def colour(name: str) -> Image:
    return palette(COCO)[COCO.id(name)]


@pytest.mark.parametrize("mode", FIT_MODES)
@pytest.mark.parametrize("shape", [(360, 640), (640, 360), (256, 256)])
def test_nothing_is_ever_shown_stretched(mode: FitMode, shape: tuple[int, int]) -> None:
    fit = Fit(mode, (256, 256))
    shown = compose(painted(*shape, fit), "triptych", Display(fit, COCO))

    width = (shown.shape[1] - 2 * GUTTER) // 3
    frame, labels, picture = (shown[:, i * (width + GUTTER) :][:, :width] for i in range(3))
    assert roundness(frame[:, :, 0] > 140) == pytest.approx(1, abs=0.03)
    assert roundness(picture[:, :, 0] > 140) == pytest.approx(1, abs=0.03)
    assert roundness((labels == colour("person")).all(axis=2)) == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("shape", [(1, 1), (7, 5), (481, 641), (640, 360), (3, 900), (4320, 7680)])
def test_views_of_any_frame_have_even_sides(view: View, shape: tuple[int, int]) -> None:
    shown = compose(painted(*shape), view, Display(FIT, COCO, 300))
    assert shown.dtype == np.uint8
    assert shown.shape[0] % 2 == shown.shape[1] % 2 == 0
    assert shown.shape[0] <= 300


def test_the_schematic_has_flat_colours_and_the_name_on_each_large_blob() -> None:
    shown = compose(painted(), "labels", DISPLAY)

    flat = (shown == colour("person")).all(axis=2) | (shown == colour("grass")).all(axis=2)
    assert 0.95 < flat.mean() < 0.995
    middle = shown[226:286, 196:316]
    assert (middle.max(axis=2) < 90).sum() > 300, "dark letters on the person"


def test_the_triptych_is_frame_labels_picture() -> None:
    frame = painted()
    triptych = compose(frame, "triptych", DISPLAY)
    assert (triptych[:, :512] == FIT.shown(frame.image, (512, 512))).all()
    assert (triptych[:, 518:1030] == compose(frame, "labels", DISPLAY)).all()
    assert (triptych[:, 1036:] == compose(frame, "picture", DISPLAY)).all()


def test_the_overlay_lets_the_frame_shine_through() -> None:
    shown = compose(painted(), "overlay", DISPLAY)
    corner = 0.45 * np.array([30, 30, 30]) + 0.55 * colour("grass")
    assert np.abs(shown[2, 2] - corner).max() <= 1


@pytest.mark.parametrize("view", VIEWS)
def test_composing_changes_nothing_of_the_frame(view: View) -> None:
    frame = painted(256, 256)
    before = [
        array.copy() for array in (frame.image, frame.painted_labels, frame.picture) if array is not None
    ]
    compose(frame, view, Display(FIT, COCO, 256))
    for old, new in zip(before, (frame.image, frame.painted_labels, frame.picture), strict=True):
        assert (old == new).all()


def test_the_same_frame_looks_the_same_every_time() -> None:
    assert (compose(painted(), "triptych", DISPLAY) == compose(painted(), "triptych", DISPLAY)).all()


def test_notes_stand_in_the_upper_right_corner() -> None:
    plain = compose(painted(), "picture", DISPLAY)
    noted = plain.copy()
    annotate(noted, ["paused"])
    ys, xs = np.nonzero((plain != noted).any(axis=2))
    assert ys.max() < 60
    assert xs.min() > 380


def test_a_frame_without_labels_or_view_says_so() -> None:
    bare = Frame(7, 0.0, 0.0, np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(ValueError, match="frame 7 has no labels"):
        compose(bare, "labels", DISPLAY)
    with pytest.raises(ValueError, match="frame 7 has no picture"):
        compose(bare, "picture", DISPLAY)
    with pytest.raises(ValueError, match="frame 7 has no view"):
        view_of(bare)


def test_tab_goes_round_all_views() -> None:
    view, seen = VIEWS[0], []
    for _ in VIEWS:
        seen.append(view)
        view = next_view(view)
    assert seen == list(VIEWS)
    assert view == VIEWS[0]


@pytest.mark.parametrize("size", [(512, 512), (512, 1548), (360, 200), (240, 320)])
def test_a_card_fits_into_its_picture(size: tuple[int, int]) -> None:
    shown = card(size, *PHOTOSENSITIVITY)
    assert shown.shape == (*size, 3)
    assert shown.max() > 200, "there are letters"
    edge = np.concatenate([shown[[0, -1]].ravel(), shown[:, [0, -1]].ravel()])
    assert (edge == 0).all(), "the panel ends inside"


@pytest.mark.parametrize("size", [(64, 128), (100, 178), (128, 128), (64, 512)])
def test_on_a_small_picture_no_letter_of_a_card_is_cut(size: tuple[int, int]) -> None:
    reason = ("The camera at 192.168.100.20 refused to talk to us, for", "nobody listens there. Is it on?")
    shown = card(size, "No signal", reason)
    assert shown.max() > 200, "there are letters"
    edge = np.concatenate([shown[[0, -1]].ravel(), shown[:, [0, -1]].ravel()])
    assert edge.max() < 50, "the panel may be cut, letters not"


@pytest.mark.parametrize("size", [(1, 1), (20, 30), (2, 2048)])
def test_a_card_needs_no_room(size: tuple[int, int]) -> None:
    assert card(size, *PHOTOSENSITIVITY).shape == (*size, 3)


def test_a_card_over_a_view_darkens_a_copy() -> None:
    view = np.full((300, 400, 3), 240, np.uint8)
    covered = with_card(view, "Keys", ["q\tquit"])
    assert (view == 240).all()
    assert (covered[0, 0] == 80).all()
