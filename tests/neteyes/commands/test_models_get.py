"""`neteyes models get`: asked first, whole or not at all, and the same ever after.

Small nets stand in the published places: the way there is the same.
"""

import io
import json
import os
import pty
import subprocess
import sys
import tarfile
from pathlib import Path

import cv2
import pytest
import torch

from engines.bundle import open_bundle, sha256_of
from engines.user_data import HOME
from export.nets.deeplab import DeepLabV3Plus
from export.nets.spade import Generator, SpadeConfig
from export.published.pairs import COCO, DEEPLAB, SPADE
from tests.fixtures import standins
from tests.fixtures.web import Web

GET = ("models", "get", "coco", "--size", "32x32")
IDS = [0, 17, 156, 168]


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory):
    """A folder with both files, in the shape in which they were published."""
    folder = tmp_path_factory.mktemp("published")
    torch.manual_seed(0)
    segmenter = DeepLabV3Plus(tuple(IDS), width=12)
    with torch.no_grad():
        segmenter.head.classify.bias.copy_(torch.tensor([0.0, 50.0, 0.0, 0.0]))
    torch.save(segmenter.to_checkpoint(), folder / DEEPLAB.file)
    config = {"labels": 4, "width": 4, "widest": 8, "hidden": 4, "kernel": 1}
    painter = Generator(SpadeConfig(**config)).state_dict()
    net = io.BytesIO()
    content = {"kind": "painter", "config": config, "trained": IDS, "siblings": {}, "state": painter}
    torch.save(content, net)
    with tarfile.open(folder / SPADE.file, "w:gz") as tar:
        member = tarfile.TarInfo(COCO.member)
        member.size = net.tell()
        net.seek(0)
        tar.addfile(member, net)
    return folder


@pytest.fixture(autouse=True)
def data(monkeypatch, tmp_path):
    """The folder of the user's data, empty."""
    monkeypatch.setenv(HOME, str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def published(web: Web, checkpoints: Path) -> Web:
    """A server that hands out both files."""
    web.files |= {path.name: path.read_bytes() for path in checkpoints.iterdir()}
    return web


def things(data: Path) -> list[str]:
    return sorted(str(path.relative_to(data)) for path in data.rglob("*") if path.is_file())


def test_local_files_become_a_certified_bundle(neteyes, data, checkpoints):
    result = neteyes(*GET, "--yes", "--from", checkpoints)
    assert result.code == 0
    assert "licence: MIT" in result.err
    assert "non-commercial use only" in result.err
    assert "openvino" in result.out and "onnxruntime" in result.out
    bundle = open_bundle("coco")
    assert bundle.name == "coco"
    assert "CC BY-NC-SA 4.0" in bundle.card.license
    assert sha256_of(checkpoints / DEEPLAB.file) in bundle.card.credits[0]
    assert len(json.loads((bundle.folder / "parity.json").read_text())["engines"]) == 2
    assert things(data) == [
        f"bundles/coco/{name}" for name in ("model.toml", "parity.json", "segment.onnx", "synthesize.onnx")
    ]
    assert "There is a bundle 'coco' already" in neteyes(*GET, "--yes", "--from", checkpoints).err


def test_each_net_has_the_precision_asked_for(neteyes, checkpoints):
    words = ("--precision", "bf16", "--segment-precision", "fp16")
    assert neteyes(*GET, "--yes", "--from", checkpoints, *words).code == 0
    card = open_bundle("coco").card
    assert (card.segment.precision, card.synthesize.precision) == ("fp16", "bf16")


def test_a_quality_that_the_net_does_not_have(neteyes, data, checkpoints):
    result = neteyes(*GET, "--yes", "--from", checkpoints, "--quality", "live")
    assert result.code == 2
    assert "a net of one scale" in result.err
    assert not (data / "bundles" / "coco").exists()


def test_files_are_fetched_taken_up_again_and_kept(neteyes, data, published):
    content = published.files[DEEPLAB.file]
    assert len(content) > 2**20
    published.cuts[DEEPLAB.file] = [len(content) - 1000]
    assert neteyes(*GET, "--yes", "--mirror", published.url).code == 0
    assert len(published.resumed) == 1
    kept = [f"downloads/{file.file}" for file in (SPADE, DEEPLAB)]
    assert things(data)[-2:] == sorted(kept)
    assert (data / "SHA256SUMS").read_text().count("\n") == 2
    assert open_bundle("coco").card.synthesize.size == (32, 32)


def test_a_web_page_instead_of_the_nets(neteyes, data, published):
    published.files[SPADE.file] = b"<!DOCTYPE html><title>Google Drive - Quota exceeded</title>"
    result = neteyes(*GET, "--yes", "--mirror", published.url)
    assert result.code == 1
    assert "a web page instead of checkpoints.tar.gz" in result.err
    assert SPADE.page in result.err and "--from" in result.err
    assert things(data) == [
        "SHA256SUMS",
        f"downloads/{DEEPLAB.file}",
    ]  # what did arrive need not arrive again


def test_an_archive_that_means_harm(neteyes, data, published, tmp_path):
    with tarfile.open(tmp_path / "evil.tar.gz", "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("../../../evil"))
    published.files[SPADE.file] = (tmp_path / "evil.tar.gz").read_bytes()
    result = neteyes(*GET, "--yes", "--mirror", published.url)
    assert result.code == 1
    assert "not safe to unpack" in result.err
    assert not (data / "bundles" / "coco").exists()
    assert not [name for name in os.listdir(data) if name.startswith(".")]


def test_a_checkpoint_of_another_net_leaves_no_bundle(neteyes, data, checkpoints, tmp_path):
    torch.save({"weight": torch.zeros(2)}, tmp_path / "latest_net_G.pth")
    (tmp_path / DEEPLAB.file).write_bytes((checkpoints / DEEPLAB.file).read_bytes())
    result = neteyes(*GET, "--yes", "--from", tmp_path)
    assert result.code == 1
    assert "is not the published SPADE" in result.err
    assert things(data) == []
    assert os.listdir(data) == ["bundles"]


def test_files_that_are_not_in_the_folder(neteyes, checkpoints, tmp_path):
    result = neteyes(*GET, "--yes", "--from", tmp_path)
    assert f"has no {DEEPLAB.file}" in result.err
    (tmp_path / DEEPLAB.file).write_bytes(b"")
    result = neteyes(*GET, "--yes", "--from", tmp_path)
    assert (
        "has no checkpoints.tar.gz, nor coco_pretrained/latest_net_G.pth, nor latest_net_G.pth" in result.err
    )


def test_without_a_terminal_nobody_is_asked(neteyes, data, published):
    result = neteyes(*GET, "--mirror", published.url)
    assert result.code == 2
    assert "CC BY-NC-SA 4.0" in result.err
    assert "add --yes" in result.err
    assert published.asked == []


@pytest.mark.parametrize("accepted", [False, True])
def test_nothing_is_fetched_before_the_licences_are_accepted(published, accepted):
    published.files.clear()
    leader, follower = pty.openpty()
    os.write(leader, b"y\n" if accepted else b"n\n")
    command = [sys.executable, "-m", "neteyes", *GET, "--mirror", published.url]
    result = subprocess.run(command, stdin=follower, capture_output=True, text=True, check=False)
    os.close(leader)
    os.close(follower)
    assert result.returncode == 1
    assert "Do you accept both licences?" in result.stderr
    assert ("Nothing was fetched." in result.stderr) == (not accepted)
    assert bool(published.asked) == accepted


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("models", "get", "ade20k"), "'ade20k' is not published. Known: coco."),
        ((*GET, "--from", ".", "--mirror", "https://x"), "--from and --mirror exclude each other"),
        ((*GET, "--yes", "--mirror", "http://mirror.example/nets"), "--mirror takes an https:// URL"),
        ((*GET, "--yes", "--mirror", "ftp://mirror.example"), "--mirror takes an https:// URL"),
        ((*GET, "--yes", "--mirror", "mirror.example"), "--mirror takes an https:// URL"),
        (("models", "get", "coco", "--size", "big"), "A size reads WIDTHxHEIGHT"),
    ],
)
def test_what_makes_no_sense(neteyes, words, message):
    result = neteyes(*words, "--yes")
    assert result.code == 2
    assert message in result.err


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_nets_of_the_published_size(neteyes, report, tmp_path):
    """Stand-ins of full size, in the published formats, become a certified bundle that paints."""
    standins.write("deeplab", tmp_path / DEEPLAB.file, salt=7)
    standins.write("spade", tmp_path / "latest_net_G.pth", salt=7, old=True)
    live = ("--quality", "live", "--segment-size", "321x181")
    assert neteyes("models", "get", "coco", "--yes", "--from", tmp_path, *live).code == 0
    bundle = open_bundle("coco")
    card = bundle.card
    assert len(card.segment.space) == len(card.synthesize.space) == 182
    assert (card.segment.quality, card.segment.size, card.synthesize.size) == ("live", (181, 321), (256, 256))
    assert set(card.synthesize.variants) == {"openvino", "onnxruntime"}
    certificate = json.loads((bundle.folder / "parity.json").read_text())
    assert all(engine["labels"] >= 0.999 for engine in certificate["engines"])

    words = (
        "run",
        "--bundle",
        bundle.folder,
        "scene://duel?size=321x181",
        "out.png",
        "--frames",
        "1",
        "--report",
        "r.json",
    )
    assert neteyes(*words).code == 0
    assert report()["frames_out"] == 1
    assert cv2.imread("out.png").std() > 10, "a picture that shows nothing"
    for path in (*tmp_path.glob("*.pth"), *bundle.files):
        path.unlink()  # more than a gigabyte
