import os
import struct
import threading
from collections.abc import Callable
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest

from engines.errors import SourceError, UsageError
from stream.frame import Frame
from stream.scenes import mark
from stream.sources import open_source

MakeClip = Callable[..., Path]
KINDS = {
    "mp4": {},
    "mov": {},
    "mkv": {},
    "webm": {"codec": "libvpx"},
    "avi": {"codec": "mpeg4"},
    "ts": {},
    "fragmented.mp4": {"container": {"movflags": "frag_keyframe+empty_moov"}},
}


def watch(path: Path | str, **options: object) -> list[Frame]:
    """Return every frame of an input, as fast as possible."""
    return list(watching(path, **options))


def watching(path: Path | str, stop: threading.Event | None = None, **options: object):
    source = open_source(str(path), **{"pace": False, **options})
    try:
        yield from source.frames(stop or threading.Event())
    finally:
        source.close()


def marks(frames: list[Frame]) -> list[int | None]:
    return [mark.read(frame.image) for frame in frames]


@pytest.mark.parametrize("kind", KINDS)
def test_every_frame_comes_once_in_order_to_the_very_last(
    kind: str, tmp_path: Path, make_clip: MakeClip
) -> None:
    path = make_clip(tmp_path / f"film.{kind}", **KINDS[kind])
    frames = watch(path)
    assert marks(frames) == list(range(40))
    assert [frame.index for frame in frames] == list(range(40))
    assert all(frame.image.shape == (96, 192, 3) for frame in frames)
    assert np.allclose(
        np.diff([frame.pts for frame in frames]), 0.04, atol=0.0015
    )  # Matroska counts milliseconds


@pytest.mark.parametrize("name", ["01_dog.mp4", "asl_again.mkv", "bikes.mp4"])
def test_real_clips_keep_their_own_times(name: str, shared_data: Path) -> None:
    path = shared_data / "clips" / name
    with av.open(str(path)) as clip:
        times = sorted(float(p.pts * p.time_base) for p in clip.demux(video=0) if p.pts is not None)
    assert [frame.pts for frame in watch(path)] == pytest.approx(times)


def test_the_dog_has_all_its_frames(shared_data: Path) -> None:
    source = open_source(str(shared_data / "clips" / "01_dog.mp4"), pace=False)
    assert (source.frame_count, source.live, source.mirrored) == (289, False, False)
    assert sum(1 for _ in source.frames(threading.Event())) == 289
    source.close()


def test_uneven_times_stay_as_they_are(tmp_path: Path, make_clip: MakeClip) -> None:
    times = [0.0, 0.01, 0.5, 0.52, 2.0, 2.04]
    frames = watch(make_clip(tmp_path / "film.mkv", times=times))
    assert [frame.pts for frame in frames] == pytest.approx(times, abs=0.002)


def test_sound_beside_the_film_takes_nothing_away(tmp_path: Path, make_clip: MakeClip) -> None:
    assert marks(watch(make_clip(tmp_path / "film.mp4", sound=True))) == list(range(40))


@pytest.mark.parametrize(
    ("matrix", "shape", "back"),
    [
        (
            (0, 1, -1, 0),
            (192, 96),
            1,
        ),  # a phone held upright: shown turned clockwise, so turned back the other way
        ((-1, 0, 0, -1), (96, 192), 2),
        ((0, -1, 1, 0), (192, 96), 3),
    ],
)
def test_a_clip_is_shown_the_way_up_it_was_filmed(
    matrix: tuple[int, ...], shape: tuple[int, int], back: int, tmp_path: Path, make_clip: MakeClip
) -> None:
    path = make_clip(tmp_path / "film.mp4")
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40  # ISO/IEC 14496-12, 8.3.2: the matrix of a track header, version 0
    a, b, c, d = (value << 16 for value in matrix)
    struct.pack_into(">9i", data, at, a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    frame = watch(path)[-1]
    assert frame.image.shape[:2] == shape
    assert mark.read(np.rot90(frame.image, back)) == 39


def test_oblong_pixels_become_square(tmp_path: Path, make_clip: MakeClip) -> None:
    frames = watch(make_clip(tmp_path / "film.mp4", aspect=Fraction(4, 3)))
    assert frames[0].image.shape == (96, 256, 3)
    assert marks(frames) == list(range(40))


def test_a_change_of_size_is_passed_on(tmp_path: Path, make_clip: MakeClip) -> None:
    small = make_clip(tmp_path / "small.h264")
    large = make_clip(tmp_path / "large.h264", size=(384, 192))
    both = tmp_path / "both.h264"
    both.write_bytes(small.read_bytes() + large.read_bytes())
    frames = watch(both)
    assert [frame.image.shape[:2] for frame in frames] == [(96, 192)] * 40 + [(192, 384)] * 40
    assert marks(frames) == list(range(40)) * 2
    assert all(np.diff([frame.pts for frame in frames]) > 0)


def test_a_loop_goes_on_counting(tmp_path: Path, make_clip: MakeClip) -> None:
    path = make_clip(tmp_path / "film.mp4", times=[index / 25 for index in range(10)])
    source = open_source(str(path), pace=False, loop=True)
    assert source.frame_count is None
    frames = list(islice(source.frames(threading.Event()), 25))
    source.close()
    assert [frame.index for frame in frames] == list(range(25))
    assert marks(frames) == [index % 10 for index in range(25)]
    assert np.allclose(np.diff([frame.pts for frame in frames]), 0.04)


def test_a_paced_clip_is_never_early(tmp_path: Path, make_clip: MakeClip) -> None:
    frames = watch(make_clip(tmp_path / "film.mp4", times=[0.0, 0.05, 0.2, 0.3]), pace=True)
    for frame in frames:
        assert frame.captured_at - frames[0].captured_at >= frame.pts - 1e-3


def test_stop_ends_even_a_long_wait(tmp_path: Path, make_clip: MakeClip) -> None:
    stop = threading.Event()
    frames = watching(make_clip(tmp_path / "film.mkv", times=[0.0, 5000.0]), stop, pace=True)
    next(frames)
    threading.Timer(0.1, stop.set).start()
    assert list(frames) == []


@pytest.mark.parametrize(
    "name", ["concat:a|b.mp4", "http:x.mp4", "100%.mp4", "a?b#c.mp4", "käse [1].mp4", "-x.mp4"]
)
def test_any_file_name_is_just_a_name(
    name: str, tmp_path: Path, make_clip: MakeClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_clip(tmp_path / "film.mp4").rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert len(watch(name)) == 40


def test_a_missing_clip_is_answered_with_the_nearest_name(tmp_path: Path, make_clip: MakeClip) -> None:
    make_clip(tmp_path / "holiday.mp4")
    with pytest.raises(SourceError, match=r"no file .*holliday\.mp4\. Did you mean .*/holiday\.mp4\?"):
        open_source(str(tmp_path / "holliday.mp4"))
    with pytest.raises(SourceError, match="no folder"):
        open_source(str(tmp_path / "nowhere" / "film.mp4"))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"hello, world\n" * 100, "not a video"),
        (b"#EXTM3U\n#EXTINF:1,\nother.mp4\n", "not a video"),
        (b"ffconcat version 1.0\nfile other.mp4\n", "not a video"),
        (bytes(range(256)) * 64, "not a video"),
    ],
)
def test_a_file_that_is_no_video_is_reported_when_opened(
    data: bytes, message: str, tmp_path: Path, make_clip: MakeClip
) -> None:
    make_clip(tmp_path / "other.mp4")
    path = tmp_path / "film.mp4"
    path.write_bytes(data)
    with pytest.raises(SourceError, match=message) as caught:
        open_source(str(path))
    assert str(path) in str(caught.value)


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "song.mp4"
    with av.open(str(path), "w") as clip:
        audio = clip.add_stream("aac", rate=16000)
        tone = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        tone.sample_rate, tone.pts = 16000, 0
        clip.mux(audio.encode(tone))
        clip.mux(audio.encode(None))
    with pytest.raises(SourceError, match="no video, only audio") as caught:
        open_source(str(path))
    assert caught.value.kind == "no video"


def test_a_pipe_or_device_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "film.mp4")
    for path in (tmp_path / "film.mp4", "/dev/null"):
        with pytest.raises(SourceError, match="not a regular file"):
            open_source(str(path))


@pytest.mark.parametrize("share", [0.4, 0.8])
@pytest.mark.parametrize("kind", ["fast.mp4", "mkv", "webm", "avi"])
def test_a_cut_clip_gives_its_frames_and_then_an_error(
    kind: str, share: float, tmp_path: Path, make_clip: MakeClip
) -> None:
    options = {**KINDS, "fast.mp4": {"container": {"movflags": "faststart"}}}[kind]
    path = make_clip(tmp_path / f"film.{kind}", **options)
    data = path.read_bytes()
    cut = int(len(data) * share)
    with av.open(str(path)) as clip:
        whole = sum(packet.pos + packet.size <= cut for packet in clip.demux(video=0) if packet.size)
    path.write_bytes(data[:cut])
    frames = []
    with pytest.raises(SourceError, match=r"film\..* cut short after \d+ frames"):
        for frame in watching(path):
            frames.append(frame)
    assert whole - 3 <= len(frames) < 40  # frames that need later ones may be lost with them
    assert marks(frames[:-1]) == list(range(len(frames) - 1))  # the last one may be torn


def test_a_recording_that_lost_its_index_is_called_cut_short(tmp_path: Path, make_clip: MakeClip) -> None:
    path = make_clip(tmp_path / "film.mp4")
    path.write_bytes(path.read_bytes()[:-3000])
    with pytest.raises(SourceError, match="cut short") as caught:
        open_source(str(path))
    assert caught.value.kind == "damaged"


def test_a_damaged_clip_gives_the_rest_and_then_an_error(tmp_path: Path, make_clip: MakeClip) -> None:
    path = make_clip(tmp_path / "film.avi", codec="mjpeg")
    with av.open(str(path)) as clip:
        place = [(packet.pos, packet.size) for packet in clip.demux(video=0) if packet.size][20]
    with path.open("r+b") as file:
        file.seek(place[0] + 8)
        file.write(bytes(place[1] - 8))
    frames = []
    with pytest.raises(SourceError, match="damaged") as caught:
        for frame in watching(path):
            frames.append(frame)
    assert caught.value.kind == "damaged"
    assert [index for index in marks(frames) if index is not None] == [*range(20), *range(21, 40)]


def test_options_of_other_inputs_are_refused(tmp_path: Path, make_clip: MakeClip) -> None:
    path = str(make_clip(tmp_path / "film.mp4"))
    for option in ({"width": 640}, {"rate": 5.0}):
        with pytest.raises(UsageError, match="Only"):
            open_source(path, **option)
    with pytest.raises(UsageError, match="loop"):
        open_source("scene://duel", loop=True)


@pytest.mark.parametrize("kind", ["mp4", "mkv", "avi"])
def test_a_title_in_any_encoding_is_accepted(kind: str, tmp_path: Path, make_clip: MakeClip) -> None:
    path = make_clip(tmp_path / f"film.{kind}", **KINDS[kind], title="Munchen")
    data = path.read_bytes()
    assert b"Munchen" in data
    path.write_bytes(data.replace(b"Munchen", b"M\xfcnchen"))
    assert marks(watch(path)) == list(range(40))


def test_a_pixel_shape_that_is_not_credible_counts_as_square(tmp_path: Path, make_clip: MakeClip) -> None:
    frames = watch(make_clip(tmp_path / "film.mp4", aspect=Fraction(200)))
    assert {frame.image.shape for frame in frames} == {(96, 192, 3)}
