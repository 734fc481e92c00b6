"""Name the published pairs of nets, with URLs and licences, and fetch a pair's checkpoints."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from engines.errors import CheckpointError, UsageError
from engines.user_data import home
from export.published.archives import take_member
from export.published.download import Progress, Published, fetch

Bar = Callable[[Published], Progress]
"""A function that takes a file to be fetched and returns the function for its progress."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two published nets that belong together.

    Attributes:
        name: the name of the bundle that is made of them.
        description: the description for its card.
        segmenter: the segmenter's checkpoint.
        synthesizer: an archive with the synthesizer's checkpoint.
        member: the path of that checkpoint in the archive.
        license: the licence of both together, for the card.
    """

    name: str
    description: str
    segmenter: Published
    synthesizer: Published
    member: str
    license: str

    @property
    def files(self) -> tuple[Published, Published]:
        """Both files."""
        return self.segmenter, self.synthesizer


DEEPLAB = Published(
    title="DeepLab v2 (ResNet-101, multi-scale, COCO-Stuff 164k) by kazuto1011",
    file="deeplabv2_resnet101_msc-cocostuff164k-100000.pth",
    url="https://github.com/kazuto1011/deeplab-pytorch/releases/download/v1.0/"
    "deeplabv2_resnet101_msc-cocostuff164k-100000.pth",
    page="https://github.com/kazuto1011/deeplab-pytorch#performance",
    license="MIT",
    begins=(b"PK\x03\x04", b"\x80"),
)
SPADE = Published(
    title="SPADE (COCO-Stuff, ADE20K, Cityscapes) by NVIDIA",
    file="checkpoints.tar.gz",
    url="https://drive.google.com/uc?id=12gvlTbMvUcJewQlSEaZdeb2CdOB-b8kQ",
    page="https://drive.google.com/file/d/12gvlTbMvUcJewQlSEaZdeb2CdOB-b8kQ/view",
    license="CC BY-NC-SA 4.0: non-commercial use only",
    begins=(b"\x1f\x8b",),
)
COCO = Pair(
    name="coco",
    description="DeepLab v2 and SPADE as their authors published them, trained on COCO-Stuff.",
    segmenter=DEEPLAB,
    synthesizer=SPADE,
    member="coco_pretrained/latest_net_G.pth",
    license="MIT (segmenter); CC BY-NC-SA 4.0, non-commercial (synthesizer, and so the pair)",
)
PAIRS = {COCO.name: COCO}


def obtain(
    pair: Pair,
    scratch: Path,
    bar: Bar,
    *,
    local: Path | None = None,
    mirror: str | None = None,
    retries: int = 5,
) -> tuple[Path, Path]:
    """Return the paths of a pair's checkpoints, the segmenter's and the synthesizer's; fetch them if needed.

    Args:
        pair: the pair.
        scratch: a folder for the unpacked checkpoint.
        bar: shows the progress of each download.
        local: a folder that holds the files already; then nothing is fetched.
        mirror: the URL of a folder that holds the files, to use in place of the published URLs.
        retries: as for `fetch`.

    Raises:
        UsageError: the mirror's URL is not encrypted.
        DownloadError: a file cannot be fetched or fails its check.
        CheckpointError: a file is missing in `local`, or the archive is unsafe.
    """
    if local:
        segmenter = _local(local, pair.segmenter.file)
        nearby = [local / pair.member, local / Path(pair.member).name]
        for unpacked in nearby:
            if unpacked.is_file():
                return segmenter, unpacked
        archive = _local(local, pair.synthesizer.file, *nearby)
    else:
        if mirror:
            check_mirror(mirror)
        at = f"{mirror.rstrip('/')}/" if mirror else None
        files = [replace(file, url=at + file.file) if at else file for file in pair.files]
        segmenter, archive = (fetch(file, home(), bar(file), retries=retries) for file in files)
    return segmenter, take_member(archive, pair.member, scratch)


def check_mirror(url: str) -> None:
    """Check that files come from a mirror as it sends them: over https, or from this machine.

    The sha256 of a file is known only after its first download, so anybody on the way could give another.

    Raises:
        UsageError: they would not.
    """
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and _is_here(parts.hostname or "")):
        return
    raise UsageError(
        f"--mirror takes an https:// URL, not '{url}': without it, anybody on the way could change the nets. "
        "Or get the files by hand, and give their folder with --from."
    )


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _local(folder: Path, file: str, *others: Path) -> Path:
    path = folder / file
    if not path.is_file():
        either = "".join(f", nor {other.relative_to(folder)}" for other in others)
        raise CheckpointError(f"{folder} has no {file}{either}. Put it there, or leave out --from.")
    return path
