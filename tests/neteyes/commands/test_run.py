"""`neteyes run`, as its users meet it."""

import json
import os
import shutil

import av
import cv2
import numpy as np
import pytest

from engines.backends import backend_of, probe
from engines.bundle import find_bundle
from neteyes import __version__
from stream.scenes import mark
from stream.sinks.null import NullSink
from stream.sources.scene import SceneSource

SCENE = "scene://duel?size=320x240&seconds=1"


def frames_of(path):
    with av.open(str(path)) as clip:
        return [(frame.time, frame.to_ndarray(format="bgr24")) for frame in clip.decode(video=0)]


def test_a_scene_becomes_a_clip_a_picture_and_a_report(neteyes, report, tmp_path):
    result = neteyes("run", SCENE, "a.mp4", "a.png", "--no-pace", "--view", "triptych", "--report", "r.json")
    assert result.code == 0
    facts = report()
    assert facts["frames_in"] == facts["frames_out"] == len(frames_of("a.mp4")) == 30
    assert sum(facts["dropped"].values()) == 0
    assert set(facts["stage_ms"]) == {"segment", "synthesize", "compose", "guard"}
    assert set(facts["backends"]) == {"segment", "synthesize"}
    assert facts["age_ms"]["p50"] <= facts["age_ms"]["p95"] <= facts["age_ms"]["p99"]
    assert [output["name"] for output in facts["outputs"]] == ["a.mp4", "a.png"]
    height, width, _ = cv2.imread("a.png").shape
    assert height == 512
    assert width > 3 * 512


def test_a_real_clip_keeps_every_frame_and_its_time(neteyes, report, shared_data, tmp_path):
    clip = shared_data / "clips" / "carphone_pristine.mp4"
    assert neteyes("run", clip, "out.mp4", "--no-pace", "--height", 128, "--report", "r.json").code == 0
    before, after = frames_of(clip), frames_of("out.mp4")
    assert report()["frames_out"] == len(before) == len(after)
    assert [float(pts) for pts, _ in after] == pytest.approx([float(pts) for pts, _ in before], abs=1e-3)


def test_frames_come_out_in_order(neteyes, tmp_path):
    source = "scene://street?size=640x640&seconds=2&mark=1"
    assert neteyes("run", source, "o/", "--no-pace", "--view", "overlay", "--height", 640).code == 0
    pictures = sorted((tmp_path / "o").iterdir())
    assert [int(path.stem) for path in pictures] == list(range(60))


SIZES = ["1x1", "7x5", "321x241", "240x426"]


@pytest.mark.parametrize(
    ("size", "fit"),
    [*((size, fit) for size in SIZES for fit in ("crop", "pad", "stretch")), ("7680x4320", "crop")],
)
def test_frames_of_any_size_are_shown_unstretched(neteyes, size, fit):
    source = f"scene://room?size={size}"
    arguments = ("--no-pace", "--frames", 1, "--fit", fit, "--view", "labels", "--height", 256)
    assert neteyes("run", source, "a.png", *arguments, "--size", "256x256").code == 0
    shown = cv2.imread("a.png")
    width, height = (int(side) for side in size.split("x"))
    aspect = 1 if fit == "crop" else width / height
    assert shown.shape[1] / shown.shape[0] == pytest.approx(aspect, rel=0.02)


def test_pictures_whose_size_changes_all_arrive(neteyes, report, tmp_path):
    (tmp_path / "in").mkdir()
    for number, shape in enumerate([(48, 64), (64, 48), (31, 77), (300, 20)]):
        cv2.imwrite(f"in/{number}.png", np.full((*shape, 3), 90, np.uint8))
    assert neteyes("run", "in", "a.mp4", "--no-pace", "--fit", "pad", "--report", "r.json").code == 0
    assert report()["frames_out"] == 4


def test_a_folder_with_one_broken_picture_goes_on_and_counts_it(neteyes, report, tmp_path):
    (tmp_path / "in").mkdir()
    for number in range(4):
        cv2.imwrite(f"in/{number}.png", np.full((48, 64, 3), 90, np.uint8))
    (tmp_path / "in" / "2.png").write_bytes(b"torn")
    result = neteyes("run", "in", "o/", "--no-pace", "--report", "r.json")
    assert result.code == 0
    assert "in/2.png is not a picture" in result.err
    assert "damaged 1 could not be read" in result.err
    assert (report()["frames_out"], report()["damaged"]) == (3, 1)
    assert sorted(path.name for path in (tmp_path / "o").iterdir()) == [
        "000000.png",
        "000001.png",
        "000003.png",
    ]


def test_a_swap_changes_labels_only_where_the_old_ones_were(neteyes):
    common = ("scene://duel?size=256x256", "--no-pace", "--frames", 1, "--view", "labels", "--height", 256)
    neteyes("run", *common, "a.png")
    assert neteyes("run", *common, "b.png", "--swap", "sky-other=sea").code == 0
    before, after = cv2.imread("a.png").astype(int), cv2.imread("b.png").astype(int)
    changed = np.abs(before - after).max(2) > 0
    assert changed.any() or np.array_equal(before, after)
    assert not changed.all()


@pytest.mark.parametrize(("name", "near"), [("persn", "person"), ("treee", "tree"), ("hous", "house")])
def test_an_unknown_label_is_answered_with_the_nearest_few_and_where_to_see_all(neteyes, name, near):
    result = neteyes("run", SCENE, "null://", "--swap", f"{name}=tree")
    assert result.code == 2
    assert f"Unknown label '{name}'. Did you mean" in result.err
    assert near in result.err
    assert "`neteyes labels` lists all 182" in result.err
    assert result.err.count(" or ") <= 2
    assert len(result.err) < 160


def test_a_swap_into_a_label_never_trained_is_warned_of(neteyes):
    result = neteyes("run", SCENE, "null://", "--no-pace", "--frames", 1, "--swap", "person=toothbrush")
    assert result.code == 0
    assert "never trained on 'toothbrush'" in result.err


def test_a_marked_scene_can_be_recognised_in_what_comes_out(neteyes):
    source = "scene://duel?size=512x512&mark=1"
    neteyes("run", source, "a.mp4", "--no-pace", "--frames", 5, "--view", "triptych")
    picture = frames_of("a.mp4")[3][1]
    assert mark.read(picture[:, :512]) == 3


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["missing.mp4", "null://"], 1, "missing.mp4"),
        (["empty.mp4", "null://"], 1, "empty"),
        (["text.mp4", "null://"], 1, "text.mp4"),
        (["folder", "null://"], 1, "folder"),
        (["ftp://host/x", "null://"], 2, "ftp"),
        (["scene://dual", "null://"], 1, "duel"),
        (["scene://duel?colour=red", "null://"], 2, "colour"),
        (["77", "null://"], 1, "camera"),
        ([SCENE], 1, "--headless"),
        ([SCENE, "no/such/folder/a.mp4"], 1, "mkdir"),
        ([SCENE, "text.mp4/a.mp4"], 1, "not a folder"),
        ([SCENE, "text.mp4"], 1, "--overwrite"),
        ([SCENE, "a.docx"], 2, "a.docx"),
        ([SCENE, "null://", "null://"], 2, "twice"),
        ([SCENE, "a.mp4", "./a.mp4"], 2, "twice"),
        ([SCENE, "folder/", "folder/../folder"], 2, "twice"),
        ([SCENE, "display://0", "display://1"], 2, "twice"),
        (["text.mp4", "link.mp4", "--overwrite"], 2, "both the input and an output"),
        (["text.mp4", "file://text.mp4", "--overwrite"], 2, "both the input and an output"),
        (["text.mp4", "null://", "--report", "link.mp4"], 2, "cannot hold the report"),
        ([SCENE, "a.mp4", "--report", "a.mp4"], 2, "cannot hold the report"),
        ([SCENE, "null://", "--swap-file", "text.mp4", "--report", "link.mp4"], 2, "cannot hold the report"),
        ([SCENE, "null://", "--report", "folder"], 1, "it is a folder"),
        ([f"{'a' * 300}.mp4", "null://"], 1, "There is no file"),
        ([SCENE, "null://", "--bundle", "./folder"], 1, "model.toml"),
        ([SCENE, "null://", "--bundle", "folder"], 1, "give it as ./folder"),
        ([SCENE, "null://", "--bundle", "tiny"], 1, "small"),
        ([SCENE, "null://", "--bundle", "coco"], 1, "neteyes models get coco"),
        ([SCENE, "null://", "--backend", "tensorflow"], 2, "onnxruntime"),
        ([SCENE, "null://", "--report", "no/r.json"], 1, "no is not a folder"),
        ([SCENE, "null://", "--swap", "person"], 2, "NAME=NAME"),
        ([SCENE, "null://", "--swap-file", "none.txt"], 2, "none.txt"),
        ([SCENE, "display://0", "--headless"], 2, "exclude each other"),
        ([SCENE, "display://1", "--headless"], 2, "exclude each other"),
        ([SCENE, "display://left"], 2, "'display://left' names no monitor. Write its number: display://0."),
        ([SCENE, "null://", "--fullscreen"], 2, "--fullscreen is for a window, and no output is one."),
        ([SCENE, "null://", "--fill"], 2, "--fill is for a window, and no output is one."),
        ([SCENE, "null://", "--view", "sideways"], 2, "--view"),
        ([SCENE, "null://", "--frames", "0"], 2, "--frames"),
    ],
)
def test_bad_input_gets_a_clear_error_and_the_right_exit_code(neteyes, tmp_path, words, code, message):
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("this is no film\n" * 99)
    (tmp_path / "link.mp4").symlink_to("text.mp4")
    (tmp_path / "folder").mkdir()
    result = neteyes("run", *words)
    assert (result.code, message in result.err) == (code, True), result.err
    assert (tmp_path / "text.mp4").read_text().startswith("this is no film")


@pytest.mark.parametrize(
    "words",
    [
        ["null://", "--segment", "10m"],
        ["null://", "--no-flash-guard"],
        ["a.mkv", "./a.mkv"],
    ],
)
def test_with_log_json_a_refusal_is_a_line_of_json(neteyes, words):
    result = neteyes("run", SCENE, *words, "--log-json")
    assert result.code == 2
    assert json.loads(result.err)["exit_code"] == 2


@pytest.mark.parametrize("option", ["--width", "--resolution", "--heigth"])
def test_whoever_looks_for_the_size_of_the_output_finds_height(neteyes, option):
    result = neteyes("run", SCENE, "null://", option, 720)
    assert (result.code, "--height" in result.err) == (2, True), result.err
    assert "Output size" in neteyes("run", "--help").out


def test_a_scene_becomes_films_for_every_player(neteyes, report):
    names = ["a.webm", "a.mov", "a.gif", "a.mkv?crf=30"]
    words = ("--no-pace", "--frames", 6, "--height", 128, "--report", "r.json")
    assert neteyes("run", SCENE, *names, *words).code == 0
    assert [output["name"] for output in report()["outputs"]] == names
    for name in ("a.webm", "a.mov", "a.gif", "a.mkv"):
        assert len(frames_of(name)) == 6


def test_the_log_begins_with_what_runs(neteyes):
    source = "scene://duel?size=64x64"
    words = ("run", source, "a.mkv", "null://", "--no-pace", "--frames", 2, "--backend", "openvino")
    said = neteyes(*words, "--log-json").err
    line = json.JSONDecoder().raw_decode(said)[0]
    assert (line["version"], line["input"], line["bundle"]) == (__version__, source, "small")
    assert line["outputs"] == ["a.mkv", "null://"]
    assert set(line["backends"]) == {"segment", "synthesize"}
    assert all("openvino" in backend for backend in line["backends"].values())
    for word in (__version__, source, "small", "openvino", "a.mkv, null://"):
        assert word in line["message"]
    assert said.count('"version"') == 1


def test_an_output_that_exists_is_replaced_only_when_asked(neteyes, tmp_path):
    (tmp_path / "a.png").write_bytes(b"precious")
    assert neteyes("run", SCENE, "a.png", "--no-pace", "--frames", 1).code == 1
    assert (tmp_path / "a.png").read_bytes() == b"precious"
    assert neteyes("run", SCENE, "a.png", "--no-pace", "--frames", 1, "--overwrite").code == 0
    assert cv2.imread("a.png") is not None


def test_a_wrong_input_leaves_no_output_behind(neteyes, tmp_path):
    neteyes("run", "missing.mp4", "a.mp4")
    assert os.listdir(tmp_path) == []


def test_a_truncated_clip_is_an_error_and_what_it_held_is_kept(neteyes, report, shared_data, tmp_path):
    whole = (shared_data / "clips" / "asl_bird.mkv").read_bytes()
    (tmp_path / "cut.mkv").write_bytes(whole[: len(whole) // 2])
    result = neteyes("run", "cut.mkv", "a.mp4", "--no-pace", "--height", 128, "--report", "r.json")
    assert result.code == 1
    assert "cut.mkv" in result.err
    facts = report()
    assert len(frames_of("a.mp4")) == facts["frames_out"] > 5
    assert "cut.mkv" in facts["error"]


@pytest.mark.parametrize(
    ("words", "code", "opened"),
    [
        (["null://", "--frames", 3], 0, ["sink", "source"]),
        (["no/such/folder/a.mp4"], 1, ["source"]),
        (["null://", "a.docx"], 2, ["sink", "source"]),
        (["null://", "--backend", "tensorflow"], 2, []),
    ],
)
def test_source_and_sinks_are_closed_exactly_once_whatever_happens(neteyes, monkeypatch, words, code, opened):
    closed = []
    monkeypatch.setattr(SceneSource, "close", lambda self: closed.append("source"))
    monkeypatch.setattr(NullSink, "close", lambda self: closed.append("sink"))
    assert neteyes("run", SCENE, *words, "--no-pace").code == code
    assert sorted(closed) == opened


@pytest.mark.alone
def test_a_live_source_ends_after_its_seconds(neteyes, report):
    source = "scene://duel?size=64x64&rate=48"
    assert neteyes("run", source, "null://", "--seconds", 0.5, "--report", "r.json").code == 0
    facts = report()
    assert 0 < facts["frames_out"] <= 25
    assert facts["frames_in"] == facts["frames_out"] + sum(facts["dropped"].values())


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
def test_nets_of_two_sizes_make_one_picture(neteyes, made_bundle, fit):
    bundle = made_bundle(frame=(96, 160), picture=(64, 192))
    arguments = ("--bundle", bundle, "--no-pace", "--frames", 2, "--fit", fit, "--view", "triptych")
    assert neteyes("run", "scene://duel?size=320x240", "a.png", *arguments, "--height", 240).code == 0
    height, width, _ = cv2.imread("a.png").shape
    aspect = 160 / 96 if fit == "crop" else 320 / 240
    assert width == pytest.approx(3 * height * aspect, rel=0.03)


def test_flashes_are_counted_and_held_back(neteyes, report):
    """With the guard what is shown complies, and the report says so."""
    assert neteyes("run", "scene://duel?seconds=2", "null://", "--no-pace", "--report", "r.json").code == 0
    flashes = report()["flashes"]
    assert flashes["complies"]
    assert flashes["pictures"] == report()["frames_out"]
    assert flashes["held"] is not None


def test_nobody_turns_the_flash_guard_off_by_accident(neteyes, report):
    words = (
        "run",
        "scene://duel?seconds=1",
        "null://",
        "--no-pace",
        "--no-flash-guard",
        "--report",
        "r.json",
    )
    refused = neteyes(*words)
    assert refused.code == 2
    assert "--yes" in refused.err
    assert neteyes(*words, "--yes").code == 0
    assert report()["flashes"]["held"] is None


def test_a_run_says_what_its_nets_are_certified_with_and_whether_its_runtime_is_among_it(
    neteyes, report, tmp_path
):
    folder = shutil.copytree(find_bundle("small"), tmp_path / "mine")
    words = ("run", "scene://duel", "--headless", "--frames", 2, "--no-pace", "--report", "r.json")
    told = neteyes(*words, "--bundle", folder, "--backend", "onnxruntime")
    here = f"onnxruntime {probe(backend_of('onnxruntime'))}"
    assert told.code == 0
    assert here in report()["certified_with"]
    assert "is not among" not in told.err
    certificate = json.loads((folder / "parity.json").read_text())
    for size in (certificate, *certificate["sizes"]):
        size["engines"] = [{"backend": "other", "runtime": "other", "version": "1.2", "labels": 1.0}]
    (folder / "parity.json").write_text(json.dumps(certificate))
    told = neteyes(*words, "--bundle", folder, "--backend", "onnxruntime")
    assert told.code == 0
    assert report()["certified_with"] == ["other 1.2"]
    assert f"{here} is not among the runtimes of the certificate" in " ".join(told.err.split())
    (folder / "parity.json").write_text("{}")
    told = neteyes(*words, "--bundle", folder, "--backend", "onnxruntime")
    assert "is no certificate" in " ".join(told.err.split())
