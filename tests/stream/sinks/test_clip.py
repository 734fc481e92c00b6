import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from engines.errors import SinkError
from stream.frame import Frame, Image, Notice
from stream.sinks.clip import ClipSink
from stream.sinks.clip_formats import CLIP_SUFFIXES

MakeFrame = Callable[..., Frame]
FILMS = [suffix for suffix in CLIP_SUFFIXES if suffix != ".gif"]
either = pytest.mark.parametrize("suffix", FILMS)


def played(path: Path) -> list[av.VideoFrame]:
    """Every frame that a player gets out of the clip."""
    with av.open(str(path)) as container:
        return list(container.decode(video=0))


def times(path: Path) -> list[float]:
    return [frame.time for frame in played(path)]


def picture_of(frame: av.VideoFrame) -> Image:
    return frame.to_ndarray(format="bgr24")


@either
def test_every_frame_comes_back_in_order_and_looks_the_same(
    tmp_path: Path, make_frame: MakeFrame, suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    sink = ClipSink(path, rate=30)
    for index in range(70):
        sink.write(make_frame(index, view=40 + 37 * index % 160))
    sink.close()

    frames = played(path)
    assert len(frames) == 70
    for index, frame in enumerate(frames):
        assert frame.format.name == "yuv420p"
        assert picture_of(frame).mean() == pytest.approx(40 + 37 * index % 160, abs=4)


@either
def test_frames_keep_their_own_uneven_times(tmp_path: Path, make_frame: MakeFrame, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    wanted = [0.08, 0.12, 0.2, 0.21, 1.7, 1.75, 9.0, 9.04]
    sink = ClipSink(path)
    for index, pts in enumerate(wanted):
        sink.write(make_frame(index, pts))
    sink.close()
    assert times(path) == pytest.approx(wanted, abs=0.001)


@either
def test_the_recording_of_a_live_source_starts_at_zero(
    tmp_path: Path, make_frame: MakeFrame, suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    sink = ClipSink(path)
    for index in range(4):
        sink.write(make_frame(index, 95_000 + 0.25 * index))
    sink.close()
    assert times(path) == pytest.approx([0, 0.25, 0.5, 0.75], abs=0.001)


@either
def test_times_that_stand_still_or_go_back_lose_no_frame(
    tmp_path: Path, make_frame: MakeFrame, suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    sink = ClipSink(path)
    for index, pts in enumerate([0.0, 0.1, 0.1, 0.05, 0.2]):
        sink.write(make_frame(index, pts))
    sink.close()
    got = times(path)
    assert len(got) == 5
    assert got == sorted(got)
    assert got == pytest.approx([0, 0.1, 0.1, 0.1, 0.2], abs=0.002)


@either
def test_a_pause_of_a_night_leaves_the_times_after_it_right(
    tmp_path: Path, make_frame: MakeFrame, suffix: str
) -> None:
    """MP4 has 31 bits for the ticks of one picture: at 90 kHz, 6.6 hours."""
    path, night = tmp_path / f"a{suffix}", 14 * 3600.0
    sink = ClipSink(path)
    for index in range(8):
        sink.write(make_frame(index, index / 4 + (night if index > 3 else 0.0)))
    sink.close()
    wanted = [0, 0.25, 0.5, 0.75, *(night + index / 4 for index in range(4, 8))]
    assert [time for time in times(path) if time < 1 or time > night] == pytest.approx(wanted, abs=0.001)


@either
def test_times_of_centuries_fill_no_disk(tmp_path: Path, make_frame: MakeFrame, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    sink = ClipSink(path)
    for index, pts in enumerate([0.0, 0.1, 1e9]):
        sink.write(make_frame(index, pts))
    sink.close()
    assert len(played(path)) == 3


@either
def test_a_slow_clip_can_still_be_entered_every_two_seconds(
    tmp_path: Path, make_frame: MakeFrame, suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    sink = ClipSink(path, rate=30)
    for index in range(40):
        sink.write(make_frame(index, index / 4))
    sink.close()
    entries = [frame.time for frame in played(path) if frame.key_frame]
    assert np.diff([*entries, 10]).max() <= 2.01


def test_saturated_colours_survive(tmp_path: Path, make_frame: MakeFrame) -> None:
    view = np.zeros((64, 192, 3), np.uint8)
    for place in range(3):
        view[:, 64 * place : 64 * (place + 1), place] = 220
    sink = ClipSink(tmp_path / "a.mp4")
    sink.write(make_frame(0, view=view))
    sink.close()
    [frame] = played(tmp_path / "a.mp4")
    centres = picture_of(frame)[32, [32, 96, 160]].astype(int)
    assert np.abs(centres - 220 * np.eye(3)).max() <= 12
    assert frame.colorspace == 1, "said to be BT.709, so that players need not guess"


def test_another_size_mid_stream_is_letterboxed_into_the_first(tmp_path: Path, make_frame: MakeFrame) -> None:
    sink = ClipSink(tmp_path / "a.mp4")
    sink.write(make_frame(0, view=np.full((100, 200, 3), 200, np.uint8)))
    sink.write(make_frame(1, view=np.full((100, 100, 3), 200, np.uint8)))
    sink.close()
    first, second = (picture_of(frame) for frame in played(tmp_path / "a.mp4"))
    assert first.shape == second.shape == (100, 200, 3)
    assert second[50, 100] == pytest.approx(200, abs=4)
    assert second[:, :44].max() < 24
    assert second[:, -44:].max() < 24


@pytest.mark.parametrize("size", [(2, 2), (33, 57), (2, 1024)])
def test_small_and_odd_views_can_be_recorded(
    tmp_path: Path, make_frame: MakeFrame, size: tuple[int, int]
) -> None:
    sink = ClipSink(tmp_path / "a.mp4")
    for index in range(3):
        sink.write(make_frame(index, view=np.full((*size, 3), 90, np.uint8)))
    sink.close()
    assert len(played(tmp_path / "a.mp4")) == 3


def test_no_frame_no_file(tmp_path: Path) -> None:
    ClipSink(tmp_path / "a.mp4").close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", CLIP_SUFFIXES)
def test_a_full_disk_names_the_frames_that_are_safe_and_they_play(
    small_disk: Path, make_frame: MakeFrame, noise: Callable[[int], Image], suffix: str
) -> None:
    path = small_disk / f"a{suffix}"
    sink = ClipSink(path, rate=30)
    with pytest.raises(SinkError, match="No space left on device") as caught:
        for index in range(900):
            sink.write(make_frame(index, view=noise(index)))
    sink.close()

    assert str(path) in str(caught.value)
    found = re.search(r"first (\d+) frames are safe", str(caught.value))
    assert found
    safe = int(found[1])
    assert safe > (2 if suffix == ".gif" else 60)
    assert times(path) == pytest.approx(
        [index / 30 for index in range(safe)], abs=0.01 if suffix == ".gif" else 0.001
    )


def test_a_recording_whose_folder_is_removed_stops_with_a_message(
    tmp_path: Path, make_frame: MakeFrame
) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    sink = ClipSink(folder / "a.mp4", rate=30)
    sink.write(make_frame(0))
    shutil.rmtree(folder)
    with pytest.raises(SinkError, match=r"a\.mp4': it was removed while it was being written"):
        for index in range(1, 90):
            sink.write(make_frame(index))
    sink.close()


def test_a_disk_that_became_read_only_is_named(read_only_disk: Path) -> None:
    with pytest.raises(SinkError, match="is not writable"):
        ClipSink(read_only_disk / "a.mp4")


def test_a_recording_that_never_held_a_frame_leaves_no_file(
    small_disk: Path, make_frame: MakeFrame, noise: Callable[[int], Image]
) -> None:
    (small_disk / "ballast").write_bytes(bytes(600 * 1024 - 4096))
    sink = ClipSink(small_disk / "a.mp4")
    with pytest.raises(SinkError, match="It holds no frames"):
        for index in range(100):
            sink.write(make_frame(index, view=noise(index)))
    sink.close()
    assert not (small_disk / "a.mp4").exists()


def test_notices_are_recorded_as_they_are_shown(tmp_path: Path, make_frame: MakeFrame) -> None:
    sink = ClipSink(tmp_path / "a.mp4")
    sink.write(make_frame(0))
    sink.write(replace(make_frame(0, pts=1.0), notice=Notice("No signal")))
    sink.close()
    assert times(tmp_path / "a.mp4") == pytest.approx([0, 1], abs=0.001)


@pytest.mark.parametrize(
    ("suffix", "format", "codec"),
    [
        (".mp4", "mp4", "h264"),
        (".mov", "mov", "h264"),
        (".mkv", "matroska", "h264"),
        (".webm", "webm", "vp9"),
        (".gif", "gif", "gif"),
    ],
)
def test_the_suffix_chooses_container_and_codec(
    tmp_path: Path, make_frame: MakeFrame, suffix: str, format: str, codec: str
) -> None:
    sink = ClipSink(tmp_path / f"a{suffix}", rate=30)
    for index in range(3):
        sink.write(make_frame(index))
    sink.close()
    with av.open(str(tmp_path / f"a{suffix}")) as clip:
        assert format in clip.format.name.split(",")
        assert clip.streams.video[0].codec_context.name == codec


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_a_lower_crf_is_a_better_picture_and_a_larger_file(
    tmp_path: Path, make_frame: MakeFrame, noise: Callable[[int], Image], suffix: str
) -> None:
    def recorded(crf: int | None) -> tuple[int, float]:
        path = tmp_path / f"{crf}{suffix}"
        sink = ClipSink(path, rate=30, crf=crf)
        for index in range(10):
            sink.write(make_frame(index, view=noise(index)))
        sink.close()
        wrong = [
            np.abs(picture_of(frame).astype(int) - noise(index)).mean()
            for index, frame in enumerate(played(path))
        ]
        return path.stat().st_size, float(np.mean(wrong))

    (large, good), (middle, fair), (small, bad) = map(recorded, (10, None, 45))
    assert large > middle > small
    assert good < fair < bad


def test_a_gif_keeps_pictures_times_and_colours_as_well_as_it_can(
    tmp_path: Path, make_frame: MakeFrame
) -> None:
    ramp = np.linspace(0, 255, 96).astype(np.uint8)
    view = np.dstack([np.tile(ramp, (64, 1)), np.tile(ramp[::-1], (64, 1)), np.full((64, 96), 90, np.uint8)])
    sink = ClipSink(tmp_path / "a.gif", rate=30)
    for index in range(30):
        sink.write(make_frame(index, view=np.roll(view, index, 1)))
    sink.close()
    frames = played(tmp_path / "a.gif")
    assert [frame.time for frame in frames] == pytest.approx(np.arange(30) / 30, abs=0.0051)
    for index, frame in enumerate(frames):
        assert np.abs(picture_of(frame).astype(int) - np.roll(view, index, 1)).mean() < 4
    assert b"NETSCAPE2.0\x03\x01\x00\x00" in (tmp_path / "a.gif").read_bytes(), "it loops for ever"


def test_a_gif_shows_fifty_pictures_a_second_at_most(tmp_path: Path, make_frame: MakeFrame) -> None:
    """Browsers show pictures that follow more quickly at a tenth of the speed."""
    sink = ClipSink(tmp_path / "a.gif", rate=120)
    for index in range(120):
        sink.write(make_frame(index, index / 120))
    sink.close()
    assert np.diff(times(tmp_path / "a.gif")).min() >= 0.0199
    assert times(tmp_path / "a.gif")[-1] > 0.95


def test_a_pause_of_half_an_hour_leaves_the_times_of_a_gif_right(
    tmp_path: Path, make_frame: MakeFrame
) -> None:
    """It has 16 bits for the hundredths of one picture: eleven minutes."""
    sink = ClipSink(tmp_path / "a.gif")
    for index, pts in enumerate([0.0, 0.25, 1800.0, 1800.25]):
        sink.write(make_frame(index, pts, 40 * index))
    sink.close()
    found = times(tmp_path / "a.gif")
    assert [time for time in found if time < 1 or time > 1790] == pytest.approx([0, 0.25, 1800, 1800.25])


WRITER = """
import sys
from pathlib import Path
import numpy as np
from stream.frame import Frame
from stream.sinks.clip import ClipSink

rate = float(sys.argv[2])
sink = ClipSink(Path(sys.argv[1]), rate=30)
for index in range(100_000):
    view = np.full((64, 96, 3), 20 + index % 200, np.uint8)
    sink.write(Frame(index, 0.0, index / rate, view, view=view))
    print(index, flush=True)
"""


@pytest.mark.parametrize("suffix", CLIP_SUFFIXES)
@pytest.mark.parametrize("rate", [30, 8, 2, 1])
def test_a_recording_that_is_killed_loses_a_second_at_most(tmp_path: Path, suffix: str, rate: int) -> None:
    path = tmp_path / f"a{suffix}"
    command = [sys.executable, "-c", WRITER, str(path), str(rate)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        written = 0
        for line in writer.stdout:
            written = int(line) + 1
            if written == 100:
                writer.send_signal(signal.SIGKILL)

    frames = played(path)
    assert (written - len(frames)) / rate <= 1
    for index, frame in enumerate(frames):
        assert picture_of(frame).mean() == pytest.approx(20 + index % 200, abs=3)
