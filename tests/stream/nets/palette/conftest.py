"""The arcade's frames, its palette, and the stage that segments by it."""

from io import BytesIO

import av
import cv2
import pytest

from engines.bundle import open_bundle
from engines.labels import UNLABELLED, LabelSpace
from stream.controls import Controls
from stream.frame import Frame
from stream.nets.cpu import fit_of
from stream.nets.open import by_colour
from stream.nets.palette.palette import LivePalette, Palette, Region, colour_of
from stream.scenes.arcade import Arcade
from stream.scenes.arcade.colours import ARCADE_COLOURS

BUNDLE = open_bundle("small")
SPACE: LabelSpace = BUNDLE.card.synthesize.space
SCORE_LINE = Region(0.0, 0.0, 1.0, 0.08)


@pytest.fixture(scope="session")
def game():
    """Fifteen frames of two seconds, 1280×720: images and label maps."""
    scene = Arcade(3, (1280, 720))
    drawn = [scene.at(index) for index in range(0, 120, 8)]
    return [one.image for one in drawn], [one.labels for one in drawn]


@pytest.fixture(scope="session")
def game_palette():
    colours = {colour_of(text): SPACE.id(name) for text, name in ARCADE_COLOURS if name}
    return Palette(colours, "game.toml", leave_out=(SCORE_LINE,))


@pytest.fixture
def segmented():
    """`segmented(palette, images)` returns the label maps of images in a row."""

    def segment(palette, images, *, steadiness=0.7, mirror=False):
        settings = Controls(SPACE, SPACE, mirror=mirror, steadiness=steadiness)
        live = palette if isinstance(palette, LivePalette) else LivePalette(palette)
        with by_colour(BUNDLE, live, settings, fit_of(BUNDLE, "crop")) as stage:
            return [stage(Frame(n, 0.0, n / 10, image)).labels for n, image in enumerate(images)]

    return segment


@pytest.fixture
def accuracy():
    """`accuracy(label_maps, true_maps)` is the least share of labelled pixels that are right in a map."""
    fit = fit_of(BUNDLE, "crop")

    def least(found, true):
        shares = []
        for labels, whole in zip(found, true, strict=True):
            expected = fit.sampled(whole, labels.shape)
            shares.append((labels == expected)[expected != UNLABELLED].mean())
        return min(shares)

    return least


@pytest.fixture
def compressed():
    """`compressed(images, size)` returns them after H.264 at CRF 23, at another size (width, height)."""

    def through_h264(images, size):
        file = BytesIO()
        with av.open(file, "w", format="matroska") as clip:
            video = clip.add_stream("libx264", rate=15, options={"crf": "23"})
            video.width, video.height = size
            video.pix_fmt = "yuv420p"
            for image in images:
                scaled = image if image.shape[1::-1] == size else cv2.resize(image, size, None, 0, 0, 3)
                clip.mux(video.encode(av.VideoFrame.from_ndarray(scaled, "bgr24")))
            clip.mux(video.encode())
        file.seek(0)
        with av.open(file) as clip:
            return [frame.to_ndarray(format="bgr24") for frame in clip.decode(video=0)]

    return through_h264
