from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engines.errors import SinkError, UsageError
from stream.frame import Frame
from stream.sinks import clip_formats, encode, open_sink, publish
from stream.sinks.reconnect import Returning

MakeFrame = Callable[..., Frame]


@pytest.mark.parametrize(
    "name",
    [
        *("a.mp4", "a.mkv", "a.MP4", "a.mov", "a.webm", "a.gif", "a.mp4?crf=18", "a.png", "a.jpg"),
        *("pictures/", "%04d.png"),
    ],
)
def test_a_path_names_its_sink(tmp_path: Path, make_frame: MakeFrame, name: str) -> None:
    sink = open_sink(f"{tmp_path}/{name}", rate=30)
    assert sink.keeps_all
    assert sink.write(make_frame(0))
    sink.close()
    assert any(path.is_file() for path in tmp_path.rglob("*"))


def test_file_uris_are_paths(tmp_path: Path, make_frame: MakeFrame) -> None:
    sink = open_sink(f"file://{tmp_path}/a.png")
    sink.write(make_frame(0))
    sink.close()
    assert (tmp_path / "a.png").exists()


def test_an_existing_folder_needs_no_slash(tmp_path: Path, make_frame: MakeFrame) -> None:
    sink = open_sink(str(tmp_path))
    sink.write(make_frame(12))
    assert [path.name for path in tmp_path.iterdir()] == ["000012.png"]


def test_null_takes_everything(make_frame: MakeFrame) -> None:
    sink = open_sink("null://")
    assert sink.keeps_all
    assert sink.write(make_frame(0))
    sink.close()


@pytest.mark.parametrize("uri", ["ftp://host/a.mp4", "a.xyz", "nowhere", "displai://0"])
def test_an_unknown_output_is_answered_with_the_known_ones(uri: str) -> None:
    with pytest.raises(UsageError, match=r"Known: .*null://"):
        open_sink(uri)


@pytest.mark.parametrize("name", ["a.mp4", "a.png", "%d.png", "pictures/"])
def test_a_file_in_the_folders_place_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(SinkError, match="out' is not a folder"):
        open_sink(f"{tmp_path}/out/{name}")


@pytest.mark.parametrize("name", ["a.mp4", "a.png", "pictures/%d.png", "pictures/"])
def test_an_absent_folder_is_named_with_the_way_to_make_it(tmp_path: Path, name: str) -> None:
    with pytest.raises(SinkError, match=r"mkdir -p '.*/absent'"):
        open_sink(f"{tmp_path}/absent/{name}")


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.png", "a.jpg"])
def test_an_existing_file_is_never_overwritten_unasked(
    tmp_path: Path, make_frame: MakeFrame, name: str
) -> None:
    path = tmp_path / name
    path.write_text("precious")
    with pytest.raises(SinkError, match="--overwrite"):
        open_sink(str(path))
    assert path.read_text() == "precious"

    sink = open_sink(str(path), overwrite=True)
    assert path.read_text() == "precious", "kept until there is something to write"
    sink.write(make_frame(0))
    sink.close()
    assert b"precious" not in path.read_bytes()


def test_a_file_that_appears_meanwhile_is_kept(tmp_path: Path, make_frame: MakeFrame) -> None:
    sink = open_sink(f"{tmp_path}/a.mp4")
    (tmp_path / "a.mp4").write_text("precious")
    with pytest.raises(SinkError, match=r"a\.mp4"):
        sink.write(make_frame(0))
    sink.close()
    assert (tmp_path / "a.mp4").read_text() == "precious"


def test_a_clip_cannot_take_a_folders_name(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").mkdir()
    with pytest.raises(SinkError, match="is a folder"):
        open_sink(f"{tmp_path}/a.mp4")


@pytest.mark.parametrize("scheme", ["rtsp", "rtsps"])
def test_a_server_is_only_asked_with_the_first_frame(scheme: str) -> None:
    sink = open_sink(f"{scheme}://me:secret@127.0.0.1:1/live")
    assert isinstance(sink, Returning)
    assert not sink.keeps_all
    sink.close()


def test_a_server_that_is_not_there_breaks_nothing_and_is_named_without_the_password(
    make_frame: MakeFrame,
) -> None:
    sink = open_sink("rtsp://me:secret@127.0.0.1:1/live")
    assert sink.write(make_frame(0))
    with pytest.raises(SinkError, match="refused the connection") as caught:
        sink.close()
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("uri", ["rtsp://", "rtsp://host/live?transport=pigeon"])
def test_a_url_that_makes_no_sense_is_refused_at_once(uri: str) -> None:
    with pytest.raises(UsageError):
        open_sink(uri)


@pytest.mark.parametrize(
    "uri", ["http://host/out.mp4", "rtmp://host/live", "concat:a|b", "exec:rm", "tcp://h:1"]
)
def test_ffmpegs_other_ways_out_are_closed(uri: str) -> None:
    with pytest.raises(UsageError, match="Known: "):
        open_sink(uri)


@pytest.mark.parametrize("name", ["a.png", "pictures/", "%04d.png"])
def test_only_clips_come_in_segments(tmp_path: Path, make_frame: MakeFrame, name: str) -> None:
    sink = open_sink(f"{tmp_path}/{name}", segment=60)
    sink.write(make_frame(0))
    sink.close()
    assert not list(tmp_path.rglob("*-*"))


@pytest.mark.parametrize("name", ["{}/a.mp4", "rtsp://127.0.0.1:1/live"])
def test_without_an_encoder_it_is_said_before_anything_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    absent = encode.Encoding("no_such_encoder", "yuv420p")
    monkeypatch.setattr(publish, "_ENCODING", absent)
    monkeypatch.setitem(clip_formats.CLIP_FORMATS, ".mp4", clip_formats.ClipFormat("mp4", absent))
    with pytest.raises(SinkError, match="no no_such_encoder"):
        open_sink(name.format(tmp_path))


def test_the_quality_stands_behind_a_question_mark(tmp_path: Path, make_frame: MakeFrame) -> None:
    sizes, view = [], np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)
    for crf in (10, 45):
        sink = open_sink(f"{tmp_path}/{crf}.mp4?crf={crf}", rate=30)
        for index in range(3):
            sink.write(make_frame(index, view=view))
        sink.close()
        sizes.append((tmp_path / f"{crf}.mp4").stat().st_size)
    assert sizes[0] > 2 * sizes[1]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a.mp4?crf=99", "from 0, the best, to 51"),
        ("a.webm?crf=64", "from 0, the best, to 63"),
        ("a.mp4?crf=", "crf= is invalid"),
        ("a.mp4?cfr=18", "no option 'cfr'.*Known: crf, view"),
        ("a.gif?crf=18", "has no crf"),
        ("a.png?crf=18", "no option 'crf'.*Known: view"),
        ("pictures/?crf=18", "no option 'crf'"),
    ],
)
def test_an_option_that_cannot_be_is_refused_and_no_file_is_made(
    tmp_path: Path, name: str, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        open_sink(f"{tmp_path}/{name}")
    assert not list(tmp_path.iterdir())


def test_the_picture_of_a_live_source_is_there_from_the_first_frame_on(
    tmp_path: Path, make_frame: MakeFrame
) -> None:
    live, clip = open_sink(f"{tmp_path}/live.png", live=True), open_sink(f"{tmp_path}/clip.png")
    for sink in (live, clip):
        sink.write(make_frame(0))
    assert [path.name for path in tmp_path.iterdir()] == ["live.png"]
    for sink in (live, clip):
        sink.close()
