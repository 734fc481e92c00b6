import logging
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import pytest

from engines.errors import SinkError
from stream.frame import Frame, Image, Notice
from stream.quantities import Keep
from stream.scenes import mark
from stream.sinks import open_sink
from stream.sinks.clip import ClipSink
from stream.sinks.reconnect import Returning
from stream.sinks.retention import Retention
from stream.sinks.segments import SegmentsSink
from tests.fixtures.doubles import AtOnce

MakeFrame = Callable[..., Frame]


def sink_of(path: Path, seconds: float, keep: Keep | None = None) -> SegmentsSink:
    return SegmentsSink(Retention(path, keep), seconds, lambda segment: ClipSink(segment, from_zero=True))


def segments(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def played(path: Path) -> list[av.VideoFrame]:
    with av.open(str(path)) as container:
        return list(container.decode(video=0))


def marks(path: Path) -> list[int | None]:
    return [mark.read(frame.to_ndarray(format="bgr24")) for frame in played(path)]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_no_frame_is_lost_between_two_segments_and_each_plays_by_itself(
    tmp_path: Path, marked_frame, suffix: str
) -> None:
    sink = sink_of(tmp_path / f"out{suffix}", seconds=1.0)
    for index in range(75):
        sink.write(marked_frame(index))
    sink.close()

    parts = segments(tmp_path)
    assert [marks(part) for part in parts] == [list(range(30)), list(range(30, 60)), list(range(60, 75))]
    for part in parts:
        frames = played(part)
        assert frames[0].key_frame
        assert frames[0].time == 0
        assert frames[-1].time == pytest.approx((len(frames) - 1) / 30, abs=0.001)


def test_each_new_segment_is_logged_by_its_name(
    tmp_path: Path, make_frame: MakeFrame, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "stream")
    sink = sink_of(tmp_path / "out.mp4", seconds=1)
    for index in range(75):
        sink.write(make_frame(index))
    sink.close()
    said = [record.fields["segment"] for record in caplog.records]
    assert said == [str(path) for path in segments(tmp_path)]
    assert segments(tmp_path)[0].name in caplog.records[0].getMessage()


def test_a_live_source_may_begin_at_any_time(tmp_path: Path, make_frame: MakeFrame) -> None:
    sink = sink_of(tmp_path / "out.mp4", seconds=10)
    for index in range(8):
        sink.write(make_frame(index, 95_000 + 2.5 * index))
    sink.close()
    assert [len(played(part)) for part in segments(tmp_path)] == [4, 4]


def test_old_segments_go_while_new_ones_come(tmp_path: Path, make_frame: MakeFrame, noise) -> None:
    sink = sink_of(tmp_path / "out.mp4", seconds=1, keep=Keep(bytes=300_000))
    made = set()
    for index in range(240):
        sink.write(make_frame(index, index / 10, noise(index)))
        made |= {part.name for part in segments(tmp_path)}
    sink.close()
    left = [part.name for part in segments(tmp_path)]
    assert left == sorted(made)[-len(left) :]
    assert len(left) < len(made)
    assert sum(part.stat().st_size for part in segments(tmp_path)[:-1]) < 300_000


def test_notices_are_recorded_as_they_are_shown(tmp_path: Path, make_frame: MakeFrame) -> None:
    sink = sink_of(tmp_path / "out.mp4", seconds=1)
    for index in range(3):
        sink.write(replace(make_frame(0, pts=index), notice=Notice("No signal")))
    sink.close()
    assert len(segments(tmp_path)) == 3


def test_a_segment_that_fills_the_disk_plays_and_the_next_one_follows_when_there_is_room(
    small_disk: Path, make_frame: MakeFrame, noise: Callable[[int], Image]
) -> None:
    sink = Returning("out.mp4", lambda: sink_of(small_disk / "out.mp4", 60), keeps_all=True, backoff=AtOnce())
    index = 0
    while not (sink.state == "broken" and sink.missed):
        sink.write(make_frame(index, view=noise(index)))
        index += 1
    first, *_ = segments(small_disk)
    assert "No space left" in (sink.reason or "")
    assert len(played(first)) > 30

    first.unlink()
    while sink.state == "broken":
        sink.write(make_frame(index, view=noise(index)))
        index += 1
    sink.close()
    assert sink.restarts >= 1
    assert len(played(segments(small_disk)[-1])) > 0


def test_a_full_disk_is_not_littered_with_empty_segments(
    small_disk: Path, make_frame: MakeFrame, noise: Callable[[int], Image]
) -> None:
    (small_disk / "ballast").write_bytes(bytes(600 * 1024 - 4096))
    for _ in range(3):
        sink = sink_of(small_disk / "out.mp4", 60)
        with pytest.raises(SinkError):
            for index in range(100):
                sink.write(make_frame(index, view=noise(index)))
        sink.close()
    assert [part.name for part in segments(small_disk)] == ["ballast"]


def test_a_folder_that_is_removed_breaks_it_and_one_that_is_made_again_mends_it(
    tmp_path: Path, make_frame: MakeFrame
) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    sink = Returning("out.mp4", lambda: sink_of(folder / "out.mp4", 60), keeps_all=True, backoff=AtOnce())
    index = 0

    def write_until(state: str) -> None:
        nonlocal index
        while sink.state != state:
            sink.write(make_frame(index))
            index += 1

    write_until("open")
    shutil.rmtree(folder)
    write_until("broken")
    folder.mkdir()
    write_until("open")
    sink.close()
    assert len(played(segments(folder)[-1])) > 0


def test_an_absent_folder_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match="mkdir -p"):
        open_sink(f"{tmp_path}/absent/out.mp4", segment=60)


def test_a_name_that_is_too_long_with_its_time_is_told_at_once(tmp_path: Path) -> None:
    ClipSink(tmp_path / f"{'x' * 240}.mp4")
    with pytest.raises(SinkError, match="File name too long"):
        open_sink(f"{tmp_path}/{'x' * 240}.mp4", segment=60)


def test_the_name_itself_is_not_written(tmp_path: Path, make_frame: MakeFrame) -> None:
    (tmp_path / "out.mp4").write_text("precious")
    sink = open_sink(f"{tmp_path}/out.mp4", segment=60)
    sink.write(make_frame(0))
    sink.close()
    assert (tmp_path / "out.mp4").read_text() == "precious"
    assert len(segments(tmp_path)) == 2


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_on_a_full_disk_what_is_too_old_makes_room(small_disk: Path, marked_frame, suffix: str) -> None:
    old = small_disk / f"out-20200101-000000{suffix}"
    old.write_bytes(bytes(500_000))
    os.utime(old, (0, 0))
    with pytest.raises(OSError, match="No space"):
        (small_disk / "other").write_bytes(bytes(500_000))
    sink = sink_of(small_disk / f"out{suffix}", seconds=60, keep=Keep(seconds=60))
    for index in range(20):
        sink.write(marked_frame(index))
    sink.close()
    assert not old.exists()
    [new] = small_disk.glob("out-*")
    assert marks(new) == list(range(20))
