"""A view for each output: `out.mp4?view=triptych`."""

import itertools
import json
from threading import Event

import av
import cv2
import pytest

from engines.errors import UsageError
from neteyes.output_views import view_of, without_view
from stream.controls import VIEWS
from stream.flashes import FlashMeter
from stream.flashes.tally import LIMIT
from stream.sinks import OUTPUTS
from stream.sources.scene import SceneSource
from stream.uri import parse_output


@pytest.mark.parametrize(
    ("text", "view", "rest"),
    [
        ("out.mp4", None, ""),
        ("out.mp4?view=triptych", "triptych", ""),
        ("out.mp4?crf=18&view=labels", "labels", "crf=18"),
        ("display://0?view=overlay", "overlay", ""),
        ("/dev/video10?view=labels", "labels", ""),
        ("v4l2:///dev/video10?view=labels", "labels", ""),
        ("rtsp://host/eyes?view=labels&key=a%20b", "labels", "key=a%20b"),
        ("null://?view=picture", "picture", ""),
    ],
)
def test_every_kind_of_output_may_have_a_view(text, view, rest):
    named = parse_output(text, OUTPUTS)
    assert view_of(named) == view
    assert without_view(named).query == rest
    assert without_view(named).path == parse_output(text.partition("?")[0], OUTPUTS).path


def test_a_view_that_there_is_not_is_refused_with_the_nearest():
    with pytest.raises(UsageError, match="Did you mean 'triptych'"):
        view_of(parse_output("out.mp4?view=tryptich", OUTPUTS))


def test_each_output_shows_its_own_view(neteyes, report, tmp_path):
    words = ("run", "scene://duel?size=320x240", "--no-pace", "--frames", "4", "--height", "128")
    outputs = ("a.mp4", "b.mp4?view=triptych", "c.png?view=labels", "d.png")
    result = neteyes(*words, *outputs, "--view", "overlay", "--report", "r.json")
    assert result.code == 0, result.err
    sizes = {}
    for name in ("a.mp4", "b.mp4"):
        with av.open(str(tmp_path / name)) as clip:
            frames = list(clip.decode(video=0))
            sizes[name] = len(frames), frames[0].height, frames[0].width
    assert sizes["a.mp4"][:2] == sizes["b.mp4"][:2] == (4, 128)
    assert sizes["b.mp4"][2] == 3 * sizes["a.mp4"][2] + 12
    labels, overlay = (cv2.imread(str(tmp_path / name)) for name in ("c.png", "d.png"))
    assert labels.shape == overlay.shape
    assert (labels != overlay).any()
    assert [each["written"] for each in json.loads((tmp_path / "r.json").read_text())["outputs"]] == [4] * 4


def test_a_wrong_view_is_said_before_anything_is_opened(neteyes, tmp_path):
    result = neteyes("run", "scene://duel", "a.mp4?view=all", "--frames", "1")
    assert result.code == 2
    assert "There is no view 'all'" in result.err
    assert not list(tmp_path.glob("*.mp4"))


def counted(path):
    """The most transitions, general or red, in any second of a clip as players decode it."""
    meter = FlashMeter()
    with av.open(str(path)) as clip:
        for frame in clip.decode(video=0):
            meter(frame.to_ndarray(format="bgr24"), frame.time)
    return max(meter.general.worst, meter.red.worst)


def test_no_recording_of_any_view_flashes_too_often(neteyes, tmp_path):
    """What the encoder writes of a room whose light goes on and off eight times a second, in every view."""
    (room,) = itertools.islice(SceneSource("room", {"size": "160x120"}, pace=False).frames(Event()), 1)
    with av.open(str(tmp_path / "in.mp4"), "w") as clip:
        video = clip.add_stream("libx264", rate=24)
        video.width, video.height, video.pix_fmt = 160, 120, "yuv420p"
        for index in range(48):
            lit = room.image if index * 16 // 24 % 2 else room.image // 6
            clip.mux(video.encode(av.VideoFrame.from_ndarray(lit, format="bgr24")))
        clip.mux(video.encode())
    assert counted(tmp_path / "in.mp4") > LIMIT
    outputs = [f"{view}.mp4?view={view}" for view in VIEWS]
    result = neteyes("run", "in.mp4", *outputs, "--no-pace", "--height", "128", "--steadiness", "0")
    assert result.code == 0, result.err
    often = {view: counted(tmp_path / f"{view}.mp4") for view in VIEWS}
    assert max(often.values()) <= LIMIT, often
