"""Test real streams with clocks that are missing, wrap or restart."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from engines.errors import SourceError
from stream.frame import Frame
from stream.scenes import mark
from stream.sources import open_source
from tests.fixtures.web import Web

pytestmark = pytest.mark.alone

WRAP = 2**33 / 90_000
MakeClip = Callable[..., Path]


def watch(name: str, **options: bool) -> list[Frame]:
    """Return every frame of an input, up to its end."""
    source, frames = open_source(name, **options), []
    try:
        for frame in source.frames(threading.Event()):
            frames.append(frame)
    except SourceError as error:
        assert error.kind in ("ended", "damaged")  # broadcasts that are joined have a gap in their counters
    finally:
        source.close()
    return frames


def check(frames: list[Frame], laps: int = 1) -> None:
    """Check that every frame is there, and that their times are those of 25 a second."""
    seen = [mark.read(frame.image) for frame in frames]
    assert seen == (list(range(40)) * laps)[: len(seen)]
    assert len(seen) >= 40 * laps - 2  # a decoder keeps two for itself when the line is cut
    assert np.diff([frame.pts for frame in frames]) == pytest.approx([0.04] * (len(seen) - 1), abs=0.002)


def pieces(data: bytes) -> Iterator[bytes]:
    for begin in range(0, len(data), 1316):
        yield data[begin : begin + 1316]


@pytest.fixture
def wrapping(tmp_path: Path, make_clip: MakeClip) -> Path:
    """Return a broadcast with a 33-bit clock that wraps after 0.7 seconds."""
    return make_clip(tmp_path / "film.ts", container={"output_ts_offset": str(WRAP - 0.7)})


def test_a_clip_whose_clock_wraps(wrapping: Path) -> None:
    check(watch(str(wrapping), pace=False))


def test_a_film_on_a_web_server_whose_clock_wraps(wrapping: Path, web: Web) -> None:
    web.files["film.ts"] = wrapping.read_bytes()
    check(watch(f"{web.url}/film.ts"))


def test_a_live_broadcast_whose_clock_wraps(wrapping: Path, web: Web) -> None:
    web.streams["live.ts"] = "video/mp2t", pieces(wrapping.read_bytes())
    check(watch(f"{web.url}/live.ts"))


def test_a_clip_whose_clock_begins_anew(tmp_path: Path, make_clip: MakeClip) -> None:
    data = make_clip(tmp_path / "film.ts").read_bytes()
    (tmp_path / "both.ts").write_bytes(data * 2)
    frames = watch(str(tmp_path / "both.ts"), pace=False)
    check(frames, laps=2)


def test_a_live_broadcast_whose_clock_begins_anew(tmp_path: Path, make_clip: MakeClip, web: Web) -> None:
    web.streams["live.ts"] = "video/mp2t", pieces(make_clip(tmp_path / "film.ts").read_bytes() * 2)
    frames = watch(f"{web.url}/live.ts")
    seen = [mark.read(frame.image) for frame in frames]
    assert seen[:38] == list(range(38))
    assert seen[-1] >= 37
    assert len(seen) >= 80 - 12  # some look late until it is sure that the clock was set
    times = np.diff([frame.pts for frame in frames])
    assert times.min() > 0
    assert times.max() < 0.5


def test_a_stream_without_any_clock(tmp_path: Path, make_clip: MakeClip, web: Web) -> None:
    web.streams["live.h264"] = "video/h264", pieces(make_clip(tmp_path / "film.h264").read_bytes())
    frames = watch(f"{web.url}/live.h264")
    seen = [mark.read(frame.image) for frame in frames]
    assert seen == list(range(len(seen)))
    assert len(seen) >= 38
    assert np.diff([frame.pts for frame in frames]).min() > 0


@pytest.mark.parametrize("name", ["film.h264", "film.ts"])
def test_a_live_stream_that_changes_its_size(
    name: str, tmp_path: Path, make_clip: MakeClip, web: Web
) -> None:
    small = make_clip(tmp_path / f"small-{name}").read_bytes()
    large = make_clip(tmp_path / f"large-{name}", size=(384, 192)).read_bytes()
    web.streams["live"] = "video/unknown", pieces(small + large + small)
    frames = watch(f"{web.url}/live")
    sizes = [frame.image.shape[:2] for frame in frames]
    assert sizes[0] == sizes[-1] == (96, 192)
    assert sizes.count((192, 384)) >= 30
    assert mark.read(frames[0].image) == 0
    assert mark.read(frames[-1].image) >= 37
    assert np.diff([frame.pts for frame in frames]).min() > 0


def test_a_camera_over_rtsp_that_changes_its_size(
    serve_clip: Callable[..., object], tmp_path: Path, make_clip: MakeClip
) -> None:
    small = make_clip(tmp_path / "small.mp4", times=[index / 25 for index in range(20)])
    large = make_clip(tmp_path / "large.mp4", size=(384, 192), times=[index / 25 for index in range(20)])
    source = open_source(serve_clip(small, large).url)
    sizes = []
    for frame in source.frames(threading.Event()):
        sizes.append(frame.image.shape[:2])
        assert mark.read(frame.image) is not None
        if len(sizes) > 30 and sizes[-1] == (96, 192):
            break
    assert sizes[0] == (96, 192)
    assert sizes.count((192, 384)) >= 15
