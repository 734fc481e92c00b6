"""`neteyes run` with a bundle of several sizes: the one a picture gets, and what of it is seen and shown."""

import threading

import cv2
import numpy as np
import pytest

import neteyes as api
from stream.sources.scene import SceneSource

SIZES = ((64, 64), (64, 96), (96, 64))
CUT = "of it is cut off"


@pytest.fixture
def sized(made_bundle):
    """A bundle of trivial nets: square, wide and upright. The painting is grey as the frame's blue is."""
    return made_bundle(SIZES[0], SIZES[0], more=SIZES[1:])


@pytest.fixture
def framed(tmp_path):
    """Return a function that saves a grey picture with a brighter border, `edge` pixels wide."""

    def draw(name, height, width, edge=20):
        image = np.full((height, width, 3), 40, np.uint8)
        cv2.rectangle(image, (0, 0), (width - 1, height - 1), (160, 160, 160), 2 * edge)
        path = tmp_path / name
        cv2.imwrite(str(path), image)
        return path

    return draw


def shown(neteyes, bundle, picture, *words):
    """Run one picture through; return what is shown of it, and what was said."""
    done = neteyes("run", picture, "out.png", "--bundle", bundle, "--no-pace", "--overwrite", *words)
    assert done.code == 0, done.err
    return cv2.imread("out.png"), done.err


@pytest.mark.parametrize("shape", [(300, 300), (360, 640), (640, 360), (480, 640), (200, 1000)])
def test_a_picture_keeps_all_four_edges_and_no_bar_is_shown(neteyes, sized, framed, shape):
    view, said = shown(neteyes, sized, framed("photo.png", *shape), "--height", 256)
    height, width, _ = view.shape
    assert width / height == pytest.approx(shape[1] / shape[0], rel=0.02)
    for edge in (view[:4], view[-4:], view[:, :4], view[:, -4:]):
        assert np.median(edge) == pytest.approx(160, abs=8)  # the border that it was saved with
    assert view[height // 2, width // 2, 0] == pytest.approx(40, abs=8)
    assert CUT not in said


@pytest.mark.parametrize(
    ("shape", "size"), [((360, 640), (64, 96)), ((640, 360), (96, 64)), ((300, 320), (64, 64))]
)
def test_each_picture_gets_the_size_nearest_to_its_proportions(sized, shape, size):
    with api.Eyes(sized, height=128) as eyes:
        assert eyes(np.zeros((*shape, 3), np.uint8)).labels.shape == size


def test_pictures_of_all_proportions_in_one_folder(neteyes, sized, framed, tmp_path):
    (tmp_path / "photos").mkdir()
    shapes = {"1.png": (360, 640), "2.png": (640, 360), "3.png": (360, 640), "4.png": (320, 320)}
    for name, shape in shapes.items():
        framed(f"photos/{name}", *shape)
    done = neteyes("run", "photos", "out/", "--bundle", sized, "--no-pace", "--height", 128)
    assert done.code == 0, done.err
    for number, shape in enumerate(shapes.values()):
        height, width, _ = cv2.imread(f"out/{number:06d}.png").shape
        assert width / height == pytest.approx(shape[1] / shape[0], rel=0.03)


def test_a_camera_fills_the_nets_and_one_line_says_what_is_cut(neteyes, made_bundle, tmp_path):
    square = made_bundle((64, 64), (64, 64))
    words = ("scene://duel?size=640x360&seconds=0.2", "out.png", "--bundle", square, "--no-pace")
    done = neteyes("run", *words)
    assert done.err.count(CUT) == 1
    assert "The picture is 640x360 (16:9), and the nets take 64x64 (1:1): 44% of it is cut off" in done.err
    assert "left and right. --fit pad shows all of it." in done.err
    height, width, _ = cv2.imread("out.png").shape
    assert height == width
    done = neteyes("run", *words, "--fit", "pad", "--overwrite")
    assert CUT not in done.err
    height, width, _ = cv2.imread("out.png").shape
    assert width / height == pytest.approx(16 / 9, rel=0.01)


def test_a_size_is_chosen_by_name(neteyes, sized, framed):
    _, said = shown(neteyes, sized, framed("photo.png", 360, 640), "--size", "64x64", "--fit", "crop")
    assert "the nets take 64x64" in said


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ("128x64", "has no size 128x64. It has: 64x64, 96x64, 64x96."),
        ("wide", "A size reads WIDTHxHEIGHT, as in 512x256; got 'wide'."),
    ],
)
def test_a_size_that_there_is_not_is_answered_with_those_that_there_are(neteyes, sized, size, words):
    done = neteyes("run", "scene://duel", "null://", "--bundle", sized, "--size", size)
    assert (done.code, words in done.err) == (2, True)


def test_what_stands_at_the_left_edge_of_a_wide_feed_is_seen_and_painted():
    scene = SceneSource("street", {"size": "640x360", "seconds": "2"}, pace=False)
    right = edges = 0
    with api.Eyes("small", steadiness=0) as eyes:
        for frame in list(scene.frames(threading.Event()))[::12]:
            result, true = eyes(frame), scene.scene.at(frame.index).labels
            height, width = result.labels.shape
            assert (height, width) == (192, 352)
            edge = cv2.resize(true, (width, height), interpolation=cv2.INTER_NEAREST)[:, : width // 40]
            right += int((result.labels[:, : edge.shape[1]] == edge).sum())
            edges += edge.size
            painted = result.picture[:, : edge.shape[1]]
            assert painted.std() > 10  # it is no bar
    assert right >= 0.6 * edges
