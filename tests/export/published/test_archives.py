"""An archive gives the one wanted file; an unsafe one gives nothing."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from engines.errors import CheckpointError
from export.published.archives import take_member

MEMBER = "coco_pretrained/latest_net_G.pth"
NET = b"\x80\x02 tensors"


def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


@pytest.fixture
def pack(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes an archive: the wanted member and some more entries."""

    def write(*more: tarfile.TarInfo, member: str = MEMBER, content: bytes = NET) -> Path:
        path = tmp_path / "checkpoints.tar.gz"
        with tarfile.open(path, "w:gz") as tar:
            wanted = entry(member)
            wanted.size = len(content)
            tar.addfile(wanted, io.BytesIO(content))
            for info in more:
                tar.addfile(info)
        return path

    return write


@pytest.mark.parametrize("folder", ["", "./", "checkpoints/"])
def test_the_member_is_unpacked_alone(pack: Callable[..., Path], tmp_path: Path, folder: str) -> None:
    archive = pack(entry("ade20k_pretrained", tarfile.DIRTYPE), entry("readme.txt"), member=folder + MEMBER)
    path = take_member(archive, MEMBER, tmp_path / "out")
    assert path.read_bytes() == NET
    assert list((tmp_path / "out").iterdir()) == [path]


HOSTILE = {
    "absolute": (entry("/etc/passwd"), "absolute"),
    "drive": (entry("C:/windows/evil"), "absolute"),
    "backslashes": (entry("..\\evil"), "absolute"),
    "upwards": (entry("coco_pretrained/../../evil"), "leads out of the folder"),
    "symlink": (entry("coco_pretrained/a", tarfile.SYMTYPE, "/etc/passwd"), "link to '/etc/passwd'"),
    "hard link": (entry("coco_pretrained/a", tarfile.LNKTYPE, "../evil"), "link to '../evil'"),
    "character device": (entry("null", tarfile.CHRTYPE), "device"),
    "block device": (entry("sda", tarfile.BLKTYPE), "device"),
    "pipe": (entry("pipe", tarfile.FIFOTYPE), "device or a pipe"),
}


@pytest.mark.parametrize(("hostile", "reason"), HOSTILE.values(), ids=list(HOSTILE))
def test_nothing_of_an_unsafe_archive_is_unpacked(
    pack: Callable[..., Path], tmp_path: Path, hostile: tarfile.TarInfo, reason: str
) -> None:
    with pytest.raises(CheckpointError, match="not safe to unpack") as caught:
        take_member(pack(hostile), MEMBER, tmp_path / "out")
    assert reason in str(caught.value) and hostile.name in str(caught.value)
    assert list((tmp_path / "out").iterdir()) == []
    assert not (tmp_path / "evil").exists()


def test_a_link_in_the_wanted_place(pack: Callable[..., Path], tmp_path: Path) -> None:
    archive = pack(entry(MEMBER, tarfile.SYMTYPE, "/etc/passwd"), member="other.pth")
    with pytest.raises(CheckpointError, match="link"):
        take_member(archive, MEMBER, tmp_path / "out")


def test_a_member_that_would_fill_the_disk(
    pack: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("export.published.archives.LARGEST", 1000)
    with pytest.raises(CheckpointError, match="more than any net has"):
        take_member(pack(content=bytes(1001)), MEMBER, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_an_archive_without_the_member(pack: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=f"does not hold {MEMBER}"):
        take_member(pack(member="not_coco_pretrained/latest_net_G.pth"), MEMBER, tmp_path / "out")


@pytest.mark.parametrize("keep", [0, 1, 20, 60])
def test_an_archive_that_is_cut_or_none(pack: Callable[..., Path], tmp_path: Path, keep: int) -> None:
    archive = pack()
    archive.write_bytes(archive.read_bytes()[:keep])
    with pytest.raises(CheckpointError, match="cannot be unpacked"):
        take_member(archive, MEMBER, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
