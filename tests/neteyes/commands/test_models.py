"""`neteyes models`: what is here, where it lies, and whether it is well; and a segmenter of one's own."""

import json
import shutil

import pytest

from engines.backends import backend_of, probe
from engines.bundle import find_bundle, open_bundle
from engines.user_data import HOME
from tests.fixtures.foreign import write_net

ADD = ("models", "add")
PIXELS = ("--mean", "0", "--scale", "1/255")


@pytest.fixture(autouse=True)
def data(monkeypatch, tmp_path):
    """The folder of the user's data, empty."""
    folder = tmp_path / "data"
    monkeypatch.setenv(HOME, str(folder))
    monkeypatch.setenv("COLUMNS", "300")
    return folder


def test_the_list_names_what_is_here_and_what_can_be_got(neteyes, data):
    shutil.copytree(find_bundle("small"), data / "bundles" / "mine")
    shutil.copytree(find_bundle("small"), data / "bundles" / "broken")
    (data / "bundles" / "broken" / "model.toml").write_text("[")
    result = neteyes("models", "list")
    assert result.code == 0
    assert "comes with neteyes" in result.out
    assert str(data / "bundles" / "mine") in result.out
    assert "is not TOML" in result.out
    assert "neteyes models get coco" in result.out


def test_the_list_can_be_read_in_80_columns(neteyes, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    lines = [line.rstrip() for line in neteyes("models", "list").out.splitlines()]
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("small  sees 48 labels and paints 49, ")
    assert "comes with neteyes" in lines[1]
    licence = [line.strip() for line in lines[2 : lines.index("")]]
    assert len(licence) <= 2, "it has the width of the terminal, not of a narrow column"
    assert any("not here yet: neteyes models get coco" in line for line in lines)


def test_where_a_bundle_lies(neteyes, data):
    assert neteyes("models", "where", "small").out.strip() == str(find_bundle("small"))
    assert neteyes("models", "where").out.strip() == str(data)
    result = neteyes("models", "where", "large")
    assert result.code == 1
    assert "no bundle 'large'" in result.err


def test_a_bundle_that_is_well(neteyes):
    result = neteyes("models", "check")
    assert result.code == 0
    words = " ".join(result.out.split())
    assert "small unaltered, certified with openvino 20" in words
    assert "opens at 256x256, 352x192, 192x352 with openvino, onnxruntime" in words


def certify(folder, **changes):
    """Change what the certificate of a bundle says, of all its sizes."""
    content = json.loads((folder / "parity.json").read_text())
    for size in (content, *content.get("sizes", ())):
        size.update(changes)
    (folder / "parity.json").write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (lambda folder: (folder / "segment.onnx").write_bytes(b"x"), "segment.onnx was altered"),
        (lambda folder: (folder / "parity.json").unlink(), "has no certificate"),
        (lambda folder: (folder / "parity.json").write_text("{}"), "is no certificate"),
        (lambda folder: certify(folder, graphs={"segment": {"sha256": "0" * 64}}), "of other files"),
    ],
)
def test_a_bundle_that_is_not(neteyes, data, spoil, word):
    folder = shutil.copytree(find_bundle("small"), data / "bundles" / "mine")
    spoil(folder)
    result = neteyes("models", "check", "mine")
    assert result.code == 1
    assert word in result.out
    assert neteyes("models", "check", "small").code == 0


def test_a_runtime_that_the_certificate_does_not_name_is_told(neteyes, data):
    folder = shutil.copytree(find_bundle("small"), data / "bundles" / "mine")
    certify(
        folder, engines=[{"backend": "openvino (CPU)", "runtime": "openvino", "version": "1.2", "labels": 1}]
    )
    result = neteyes("models", "check", "mine")
    words = " ".join(result.out.split())
    assert result.code == 0  # it is a note, no fault: the nets are those of the card
    assert "certified with openvino 1.2" in words
    for name in ("openvino", "onnxruntime"):
        assert f"{name} {probe(backend_of(name))} is not among the runtimes of the certificate" in words


@pytest.mark.parametrize(
    ("space", "labels", "lost"), [("voc", 21, None), ("ade20k", 150, "radiator"), ("cityscapes", 19, "pole")]
)
def test_a_net_of_a_known_space_is_added_and_runs(neteyes, report, tmp_path, space, labels, lost):
    net = write_net(tmp_path / "net.onnx", labels)
    result = neteyes(*ADD, "mine", "--segment", net, "--labels", space, *PIXELS, "--license", "MIT")
    assert result.code == 0
    assert f"These are the labels of {space}." in result.err
    assert (f" {lost}" in result.err) == (lost is not None)
    assert "openvino" in result.out and "onnxruntime" in result.out
    run = neteyes(
        "run",
        "scene://duel?size=128x96",
        "--bundle",
        "mine",
        "--headless",
        "--frames",
        3,
        "--no-pace",
        "--report",
        "r.json",
    )
    assert run.code == 0
    assert report()["frames_out"] == 3
    assert report()["bundle"] == "mine"
    assert neteyes("models", "check", "mine").code == 0
    assert "segmenter: MIT" in neteyes("models", "list").out


def test_a_net_with_labels_of_its_own_and_frames_of_any_size(neteyes, tmp_path):
    net = write_net(tmp_path / "net.onnx", 4, ("h", "w"), answers=["labels"])
    (tmp_path / "names.txt").write_text("person\nsky\nboard\ntyre = car\n")
    words = (
        *ADD,
        "mine",
        "--segment",
        net,
        "--labels",
        "names.txt",
        "--mean",
        "1,2,3",
        "--scale",
        1,
        "--bgr",
    )
    refused = neteyes(*words)
    assert refused.code == 2
    assert "Choose one with --size" in refused.err
    result = neteyes(*words, "--size", "96x64")
    assert result.code == 0
    assert "its net answers labels, not logits" in result.out
    assert "board (resembles keyboard, cupboard, surfboard)" in result.err
    card = open_bundle("mine").card
    assert card.segment.size == (64, 96)
    assert card.segment.answers == "labels"
    assert card.segment.trained == (0, 2, 156)


def test_a_bundle_is_replaced_only_if_that_is_asked(neteyes, data, tmp_path):
    words = (*ADD, "mine", "--segment", tmp_path / "net.onnx", "--labels", "voc", *PIXELS)
    write_net(tmp_path / "net.onnx", 21, (32, 32))
    assert neteyes(*words).code == 0
    write_net(tmp_path / "net.onnx", 21, (64, 64))
    assert "There is a bundle 'mine' already" in neteyes(*words).err
    assert open_bundle("mine").card.segment.size == (32, 32)
    assert neteyes(*words, "--overwrite").code == 0
    assert open_bundle("mine").card.segment.size == (64, 64)
    write_net(tmp_path / "net.onnx", 20)
    assert neteyes(*words, "--overwrite").code == 2
    assert open_bundle("mine").card.segment.size == (64, 64)  # what fails leaves the old one
    assert [path.name for path in data.iterdir()] == ["bundles"]


@pytest.mark.parametrize(
    ("name", "changes", "word"),
    [
        ("small", {}, "'small' comes with neteyes"),
        ("../mine", {}, "is no name for a bundle"),
        ("mine", {"--mean": "1,2"}, "--mean takes one number or three"),
        ("mine", {"--scale": "1/0"}, "--scale takes one number or three"),
        ("mine", {"--labels": "none.txt"}, "none.txt is no list of labels"),
        ("mine", {"--labels": "voc"}, "none is a map of 21 logits"),
        ("mine", {"--size": "64"}, "A size reads WIDTHxHEIGHT"),
        ("mine", {"--segment": "none.onnx"}, "There is no"),
        ("mine", {"--painter": "large"}, "no bundle 'large'"),
        ("mine", {"--output": "other"}, "none is a map of 19 logits"),
    ],
)
def test_what_cannot_be_added_leaves_nothing_behind(neteyes, data, tmp_path, name, changes, word):
    net = write_net(tmp_path / "net.onnx", 19)
    options = {"--segment": net, "--labels": "cityscapes", "--mean": "0", "--scale": "1", **changes}
    result = neteyes(*ADD, name, *(word for pair in options.items() for word in pair))
    assert result.code in (1, 2)
    assert word in result.err
    assert not [path for path in data.rglob("*") if path.name != "bundles"]


def test_a_painter_with_its_own_certificate_keeps_it(neteyes, data, tmp_path):
    net = write_net(tmp_path / "net.onnx", 21)
    neteyes(*ADD, "mine", "--segment", net, "--labels", "voc", *PIXELS)
    certificate = json.loads((data / "bundles" / "mine" / "parity.json").read_text())
    assert certificate["synthesize"]["engines"][0]["mean"] <= 1
