"""Test that the sound of a recording is in step with its pictures."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from stream.frame import Frame, Source
from stream.loop.pipeline import Pipeline
from stream.sinks.clip import ClipSink
from stream.sinks.retention import Retention
from stream.sinks.segments import SegmentsSink
from stream.sound import KEEP_SECONDS, Codec, Sound
from stream.sources import open_feed
from stream.sources.clip import ClipSource
from stream.sources.network import NetworkSource
from stream.sources.reconnect.feed import Feed
from stream.uri import parse
from tests.fixtures.beeps import MOMENTS, beeping_clip, beeps, flashes, in_step, sound_ends
from tests.fixtures.doubles import Show

pytestmark = pytest.mark.alone

suffixes = pytest.mark.parametrize("suffix", [".mp4", ".mkv"])


def recorder(source: Source, path: Path) -> ClipSink:
    sound = source.sound.listen() if source.sound else None
    return ClipSink(path, rate=source.rate, sound=sound)


def record(source: Source, path: Path, **limits: Any) -> Path:
    """Run the whole loop from a source to a clip."""
    Pipeline(source, [Show()], {"clip": recorder(source, path)}, **limits).run()
    return path


@suffixes
@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [
        ("a.mp4", "aac", 48000),
        ("a.ts", "aac", 44100),
        ("a.mkv", "libopus", 48000),
        ("a.avi", "libmp3lame", 44100),
        ("a.mkv", "pcm_s16le", 48000),
        ("a.mkv", "flac", 48000),
        ("a.mkv", "ac3", 48000),
    ],
)
def test_a_clip_is_recorded_with_its_sound_as_it_was(
    name: str, codec: str, rate: int, suffix: str, tmp_path: Path
) -> None:
    clip = beeping_clip(tmp_path / name, sound=codec, rate=rate)
    done = record(ClipSource(str(clip), pace=False), tmp_path / f"out{suffix}")
    seen, heard = flashes(clip), beeps(clip)
    assert np.subtract(beeps(done), flashes(done)) == pytest.approx(np.subtract(heard, seen), abs=0.011)
    assert len(heard) == 4
    with av.open(str(clip)) as before, av.open(str(done)) as after:
        assert before.streams.audio[0].codec_context.name == after.streams.audio[0].codec_context.name
        there, copied = (
            [packet.size for packet in one.demux(audio=0) if packet.size] for one in (before, after)
        )
    # Copies of all packets except a few before the first picture; in broadcasts each has a header.
    there = [size - 7 * (name == "a.ts") for size in there]
    assert str(copied)[1:-1] in str(there)
    assert len(copied) > 0.95 * len(there)


@suffixes
@pytest.mark.parametrize(
    ("heard", "seen"),
    [((0.7, 2.8), (0.0, 2.8)), ((0.0, 2.8), (0.8, 2.8)), ((0.0, 4.0), (0.0, 2.8)), ((0.0, 1.3), (0.0, 2.8))],
    ids=["sound later", "pictures later", "sound longer", "pictures longer"],
)
def test_sound_that_begins_or_ends_apart_from_the_pictures_stays_in_step(
    heard: tuple[float, float], seen: tuple[float, float], suffix: str, tmp_path: Path
) -> None:
    clip = beeping_clip(tmp_path / "a.mkv", heard=heard, seen=seen)
    done = record(ClipSource(str(clip), pace=False), tmp_path / f"out{suffix}")
    assert flashes(done) == pytest.approx([at for at in MOMENTS if at >= seen[0]], abs=0.01)
    both = [at for at in MOMENTS if max(heard[0], seen[0]) <= at <= min(heard[1], seen[1])]
    assert beeps(done) == pytest.approx(both, abs=0.02)
    assert sound_ends(done) <= 2.8 + 0.05


@suffixes
@pytest.mark.parametrize("length", [2.8, 3.1, 2.5])
def test_a_looped_clip_repeats_its_sound_in_step(length: float, suffix: str, tmp_path: Path) -> None:
    clip = beeping_clip(tmp_path / "a.mp4", heard=(0.0, length))
    done = record(ClipSource(str(clip), pace=False, loop=True), tmp_path / f"out{suffix}", seconds=8.0)
    in_step(done, [lap + at for lap in (0.0, 2.8, 5.6) for at in MOMENTS if lap + at < 8.0])


@suffixes
def test_a_limit_of_seconds_ends_sound_and_pictures_together(suffix: str, tmp_path: Path) -> None:
    clip = beeping_clip(tmp_path / "a.mp4")
    done = record(ClipSource(str(clip), pace=False), tmp_path / f"out{suffix}", seconds=1.3)
    in_step(done, MOMENTS[:2])
    assert sound_ends(done) == pytest.approx(1.3, abs=0.05)


@suffixes
def test_segments_have_their_own_part_of_the_sound(suffix: str, tmp_path: Path) -> None:
    clip = beeping_clip(tmp_path / "a.mp4")
    source = ClipSource(str(clip), pace=False)
    assert source.sound
    sound = source.sound.listen()
    shelf = Retention(tmp_path / f"out{suffix}", None)
    sink = SegmentsSink(shelf, 1.3, lambda path: ClipSink(path, rate=25, from_zero=True, sound=sound))
    Pipeline(source, [Show()], {"clip": sink}).run()
    first, second, third = sorted(tmp_path.glob(f"out*{suffix}"))
    in_step(first, MOMENTS[:2])
    in_step(second, [at - 1.32 for at in MOMENTS[2:]])  # the first frame after 1.3 seconds begins it
    assert beeps(third) == []
    for segment in (first, second, third):
        with av.open(str(segment)) as played:
            assert played.streams.audio


def test_sound_and_pictures_are_in_step_after_a_pause(tmp_path: Path) -> None:
    source = ClipSource(str(beeping_clip(tmp_path / "a.mp4")))
    pipeline = Pipeline(source, [Show()], {"clip": recorder(source, tmp_path / "out.mp4")})
    paused_at: list[float] = []

    def attend() -> None:
        if not paused_at and pipeline.meter.frames_out > 15:
            pipeline.paused = True
            paused_at.append(time.monotonic())
        elif paused_at and time.monotonic() - paused_at[0] > 0.5:
            pipeline.paused = False

    pipeline.run(attend, every=0.02)
    in_step(tmp_path / "out.mp4", MOMENTS)


def test_a_slow_clip_loses_none_of_its_sound(tmp_path: Path) -> None:
    clip = beeping_clip(tmp_path / "a.mp4", fps=5)
    done = record(ClipSource(str(clip), pace=False), tmp_path / "out.mp4")
    in_step(done, MOMENTS)


@pytest.mark.parametrize(("codec", "rate"), [("aac", 48000), ("pcm_mulaw", 8000)])
def test_a_camera_over_rtsp_is_recorded_with_its_sound(
    codec: str, rate: int, serve_clip: Callable[..., Any], tmp_path: Path
) -> None:
    clip = beeping_clip(tmp_path / "a.mov", sound=codec, rate=rate)
    source = NetworkSource(parse(serve_clip(clip, sound=True).url), sound=Sound())
    done = record(source, tmp_path / "out.mkv", seconds=3.0)
    seen, heard = flashes(done), beeps(done)
    assert len(seen) >= 3
    for at in seen[:-1]:  # the last one may be cut off
        assert min(abs(beep - at) for beep in heard) <= 0.04


@pytest.mark.slow  # it is watched for seven seconds
def test_sound_is_in_step_again_after_the_camera_was_away(
    serve_clip: Callable[..., Any], tmp_path: Path
) -> None:
    server = serve_clip(beeping_clip(tmp_path / "a.mov"), sound=True)
    feed = open_feed("fault+" + server.url + "?reset=3s")
    assert isinstance(feed, Feed)
    done = record(feed, tmp_path / "out.mkv", seconds=7.0)
    assert feed.status.health.restarts >= 1
    seen, heard = flashes(done), beeps(done)
    near = [min(abs(beep - at) for beep in heard) for at in seen]
    assert len(near) >= 5
    assert sum(apart <= 0.04 for apart in near) >= len(near) - 2  # one or two fell into the gap
    assert near[0] <= 0.04
    assert min(near[-3:-1]) <= 0.04


def test_sound_can_be_switched_off(tmp_path: Path) -> None:
    clip = beeping_clip(tmp_path / "a.mp4")
    source = ClipSource(str(clip), pace=False, sound=False)
    assert source.sound is None
    with av.open(str(record(source, tmp_path / "out.mp4"))) as done:
        assert not done.streams.audio


@pytest.mark.parametrize("codec", ["pcm_mulaw", "pcm_alaw"])
def test_mp4_cannot_hold_a_telephones_sound_and_matroska_keeps_it(
    codec: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clip = beeping_clip(tmp_path / "a.mov", sound=codec, rate=8000)
    with caplog.at_level(logging.WARNING, "stream"):
        silent = record(ClipSource(str(clip), pace=False), tmp_path / "out.mp4")
    [said] = [record.getMessage() for record in caplog.records]
    assert f"'out.mp4' is recorded without sound: it cannot hold {codec}" in said
    assert ".mkv keeps it" in said
    assert flashes(silent) == pytest.approx(MOMENTS, abs=0.01)
    with av.open(str(silent)) as done:
        assert not done.streams.audio
    for kept in ("out.mkv", "out.mov"):
        in_step(record(ClipSource(str(clip), pace=False), tmp_path / kept), MOMENTS)


def test_webm_keeps_opus_and_says_what_it_cannot_hold(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    opus, aac = beeping_clip(tmp_path / "a.mkv", sound="libopus"), beeping_clip(tmp_path / "a.mp4")
    with caplog.at_level(logging.WARNING, "stream"):
        in_step(record(ClipSource(str(opus), pace=False), tmp_path / "a.webm"), MOMENTS)
        assert caplog.text == ""
        silent = record(ClipSource(str(aac), pace=False), tmp_path / "b.webm")
    assert (
        "'b.webm' is recorded without sound: it cannot hold aac. A recording that ends in .mkv" in caplog.text
    )
    assert flashes(silent) == pytest.approx(MOMENTS, abs=0.01)


def test_nobody_expects_sound_of_a_gif(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clip = beeping_clip(tmp_path / "a.mp4")
    with caplog.at_level(logging.WARNING, "stream"):
        silent = record(ClipSource(str(clip), pace=False), tmp_path / "a.gif")
    assert caplog.text == ""
    assert flashes(silent) == pytest.approx(MOMENTS, abs=0.011)


def speaking(sound: Sound, name: str = "pcm_s16le") -> None:
    """Give a sound the codec that an encoder of this name has."""
    with av.open("/dev/null", "w", format="nut") as container:
        stream = container.add_stream(name, rate=8000, layout="mono")
        container.start_encoding()
        sound.begin(Codec(stream))


def test_each_listener_gets_everything_from_when_it_listens_up_to_a_time() -> None:
    sound = Sound()
    speaking(sound)
    one = sound.listen()
    sound.put(0.0, 0.5, b"a")
    other = sound.listen()
    for place in range(1, 4):
        sound.put(0.5 * place, 0.5, b"b")
    assert [packet.time for packet in one.take(1.0)] == [0.0, 0.5]
    assert [packet.time for packet in one.take(9.0)] == [1.0, 1.5]
    assert [packet.time for packet in other.take(9.0)] == [0.5, 1.0, 1.5]
    assert one.lost == other.lost == 0


def test_sound_that_is_not_taken_is_dropped_a_second_at_a_time_and_counted() -> None:
    sound = Sound()
    speaking(sound)
    slow = sound.listen()
    for place in range(2 * round(KEEP_SECONDS + 5)):
        sound.put(place / 2, 0.5, b"a")
    kept = slow.take(1e9)
    assert slow.lost >= 5
    assert len(kept) / 2 == KEEP_SECONDS + 5 - slow.lost
    assert kept[-1].time == KEEP_SECONDS + 4.5


def test_large_packets_are_bounded_in_bytes() -> None:
    sound = Sound()
    speaking(sound)
    slow = sound.listen()
    for place in range(40):
        sound.put(place, 1.0, bytes(1 << 20))
    assert sum(len(packet.data) for packet in slow.take(1e9)) <= 16 << 20
    assert slow.lost >= 24


def test_a_forgotten_listener_costs_nothing() -> None:
    sound = Sound()
    speaking(sound)
    listeners = [sound.listen() for _ in range(50)]
    data = bytes(1000)
    sound.put(0.0, 0.1, data)
    del listeners[1:]
    assert len(sound._listeners) == 1


def test_sound_of_a_reconnected_source_waits_until_its_time_is_known() -> None:
    sound = Sound()
    speaking(sound)
    listener = sound.listen()
    sound.hold()
    sound.put(0.0, 0.5, b"early")
    assert listener.take(1e9) == []
    sound.shift(10.0)
    sound.put(0.5, 0.5, b"late")
    assert [packet.time for packet in listener.take(1e9)] == [10.0, 10.5]


def test_sound_of_another_codec_is_left_out_of_a_recording_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sound = Sound()
    speaking(sound)
    sink = ClipSink(tmp_path / "a.mkv", rate=10, sound=sound.listen())
    for index in range(20):
        if index == 10:
            speaking(sound, "pcm_mulaw")
        view = np.full((64, 96, 3), 128, np.uint8)
        sound.put(index / 10, 0.1, bytes(1600 if index < 10 else 800))
        with caplog.at_level(logging.WARNING, "stream"):
            sink.write(Frame(index, 0.0, index / 10, view, view=view))
    sink.close()
    assert sound_ends(tmp_path / "a.mkv") == pytest.approx(1.0, abs=0.01)
    assert [record.getMessage() for record in caplog.records if "pcm_mulaw" in record.getMessage()]
    with av.open(str(tmp_path / "a.mkv")) as clip:
        assert sum(1 for _ in clip.decode(video=0)) == 20
