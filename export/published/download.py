"""Fetch published files: resume a broken download, check the file, and pin its sha256."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import gdown
import requests

from engines.bundle import sha256_of
from engines.errors import DownloadError

LOCK = "SHA256SUMS"
"""The lock file: the sha256 of each file at its first download, in the format of `sha256sum --check`."""
DOWNLOADS = "downloads"
"""The folder of the files, beside the lock file; to empty it loses no pinned sha256."""
TIMEOUT = (10, 30)  # seconds to connect, and between bytes

Progress = Callable[[int, int | None], None]
"""A function that gets the bytes downloaded so far, and the size of the file if the server gives it."""


@dataclass(frozen=True, slots=True)
class Published:
    """A published file.

    Attributes:
        title: a description with its authors.
        file: its name.
        url: the URL to fetch it from.
        page: the web page where a person can download it by hand.
        license: the licence of the file.
        begins: possible first bytes; a web page begins differently.
        size: its size in bytes, if known.
        sha256: its sha256, if known; else it is pinned at the first download.
    """

    title: str
    file: str
    url: str
    page: str
    license: str
    begins: tuple[bytes, ...]
    size: int | None = None
    sha256: str | None = None


def fetch(published: Published, home: Path, progress: Progress, *, retries: int = 5) -> Path:
    """Fetch a published file if it is not there yet, verify it, and return its path.

    A broken download stays as a `.part` file, and is resumed here and by the next call. A file that fails its
    check is deleted.

    Args:
        published: the file.
        home: the folder of the lock file and the downloads, made if there is none.
        progress: a function that gets the progress of the download.
        retries: the number of retries after a broken connection, each after a longer wait.

    Raises:
        DownloadError: the file cannot be fetched or fails its check; the message says how to get it by hand.
    """
    lock, path = home / LOCK, home / DOWNLOADS / published.file
    if path.is_file():
        _check(published, path, lock)
        return path
    arriving = path.parent / "arriving" / published.file
    try:
        arriving.parent.mkdir(parents=True, exist_ok=True)
        _transfer(published, arriving, progress, retries)
        try:
            _check(published, arriving, lock)
        except DownloadError:
            arriving.unlink()
            raise
        os.replace(arriving, path)
    except OSError as error:
        raise DownloadError(f"Cannot keep {published.file} in {home}: {error}.") from error
    return path


def _transfer(published: Published, path: Path, progress: Progress, retries: int) -> None:
    before = _arrived(path)
    try:
        gdown.download(
            published.url,
            str(path),
            quiet=True,
            use_cookies=False,
            resume=True,
            progress=progress,
            timeout=TIMEOUT,
            retries=retries,
        )
    except (gdown.exceptions.DownloadError, requests.RequestException) as error:
        if before and _arrived(path) <= before and _answered(error):  # it cannot be resumed: start again
            _forget(path)
            return _transfer(published, path, progress, retries)
        kept = "The part that arrived is kept: try again to resume. " if _arrived(path) else ""
        if not kept:
            _forget(path)
        reason = " ".join(str(error).split())
        raise DownloadError(
            f"{published.file} cannot be fetched from {published.url}: {reason} {kept}{_by_hand(published)}"
        ) from error


def _answered(error: Exception) -> bool:
    """Return whether the server answered the request to resume, with something else than the rest."""
    plain = type(error) is gdown.exceptions.DownloadError  # not a page of Drive's
    return plain and not isinstance(error.__cause__, requests.RequestException)


def _parts(path: Path) -> list[Path]:
    return list(path.parent.glob(f"{path.name}*.part"))


def _arrived(path: Path) -> int:
    """Return the number of bytes that a broken download has left."""
    return sum(part.stat().st_size for part in _parts(path))


def _forget(path: Path) -> None:
    for part in _parts(path):
        part.unlink()


def _check(published: Published, path: Path, lock: Path) -> None:
    """Check a file's first bytes, size and sha256; pin the sha256 the first time."""
    with path.open("rb") as file:
        begin = file.read(512)
    if not begin.startswith(published.begins):
        page = begin.lstrip().lower().startswith((b"<!doctype html", b"<html"))
        raise DownloadError(
            f"{published.url} answered with {'a web page' if page else 'something else'} instead of "
            f"{published.file}; some servers do so after many downloads a day. {_by_hand(published)}"
        )
    size = path.stat().st_size
    if published.size is not None and size != published.size:
        raise DownloadError(
            f"{published.file} has {size} bytes instead of {published.size}. {_by_hand(published)}"
        )
    found = sha256_of(path)
    pins = _read(lock)
    expected = published.sha256 or pins.get(published.file)
    if expected is None:
        _write(lock, {**pins, published.file: found})
    elif found != expected:
        raise DownloadError(
            f"{path} is not the file it was: its sha256 is {found[:12]}…, not {expected[:12]}…. Delete it "
            f"and try again; if its authors changed it and you trust them, delete its line in {lock} too."
        )


def _by_hand(published: Published) -> str:
    return f"By hand: get it from {published.page}, put it in a folder, and give that with --from."


def _read(lock: Path) -> dict[str, str]:
    if not lock.is_file():
        return {}
    lines = [line.partition(f"  {DOWNLOADS}/") for line in lock.read_text("utf-8").splitlines()]
    if not all(len(digest) == 64 and name for digest, _, name in lines):
        raise DownloadError(f"{lock} is no list of sha256 sums. Restore it, or delete it to start again.")
    return {name: digest for digest, _, name in lines}


def _write(lock: Path, pins: dict[str, str]) -> None:
    partial = lock.with_name(f".{lock.name}.partial")
    lines = [f"{digest}  {DOWNLOADS}/{name}\n" for name, digest in sorted(pins.items())]
    partial.write_text("".join(lines), "utf-8")
    os.replace(partial, lock)
