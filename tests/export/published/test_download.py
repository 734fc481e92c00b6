"""A published file arrives whole and unchanged, or not at all."""

import hashlib
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests

from engines.errors import DownloadError
from export.published.download import LOCK, Published, fetch
from tests.fixtures.web import Web

CONTENT = b"\x1f\x8b" + np.random.default_rng(0).bytes(2_000_000)
HALF = 1_200_000


@pytest.fixture
def published(web: Web) -> Published:
    web.files["net.tar.gz"] = CONTENT
    return Published(
        title="A net",
        file="net.tar.gz",
        url=f"{web.url}/net.tar.gz",
        page="https://example.org/by-hand",
        license="MIT",
        begins=(b"\x1f\x8b",),
        size=len(CONTENT),
    )


def silent(there: int, total: int | None) -> None:
    pass


def files(home: Path) -> list[str]:
    """Return the files in the downloads, of any name."""
    return sorted(path.name for path in (home / "downloads").rglob("*") if path.is_file())


def refusal(published: Published, home: Path) -> str:
    with pytest.raises(DownloadError) as caught:
        fetch(published, home, silent, retries=0)
    return str(caught.value)


def test_a_file_arrives_once_and_is_pinned(published: Published, web: Web, tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    path = fetch(published, tmp_path, lambda there, total: told.append((there, total)))
    assert path.read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert fetch(published, tmp_path, silent) == path
    assert len(web.asked) == 1
    assert (tmp_path / LOCK).read_text().split() == [
        hashlib.sha256(CONTENT).hexdigest(),
        "downloads/net.tar.gz",
    ]
    subprocess.run(["sha256sum", "--check", "--quiet", LOCK], cwd=tmp_path, check=True)


def test_a_broken_download_is_resumed_by_the_next_call(
    published: Published, web: Web, tmp_path: Path
) -> None:
    web.cuts["net.tar.gz"] = [HALF]
    message = refusal(published, tmp_path)
    assert "try again to resume" in message
    assert "https://example.org/by-hand" in message and "--from" in message
    assert not (tmp_path / "downloads" / "net.tar.gz").exists()
    assert fetch(published, tmp_path, silent, retries=0).read_bytes() == CONTENT
    assert web.resumed[0] > HALF / 3
    assert files(tmp_path) == ["net.tar.gz"]


def test_a_broken_download_is_resumed_at_once(published: Published, web: Web, tmp_path: Path) -> None:
    web.cuts["net.tar.gz"] = [HALF]
    assert fetch(published, tmp_path, silent, retries=1).read_bytes() == CONTENT
    assert len(web.resumed) == 1


def test_a_download_starts_again_if_the_server_cannot_resume(
    published: Published, web: Web, tmp_path: Path
) -> None:
    web.cuts["net.tar.gz"] = [HALF]
    web.ranges = False
    refusal(published, tmp_path)
    assert fetch(published, tmp_path, silent, retries=0).read_bytes() == CONTENT
    assert files(tmp_path) == ["net.tar.gz"]


def test_a_web_page_instead_of_the_file(published: Published, web: Web, tmp_path: Path) -> None:
    web.files["net.tar.gz"] = b"\n<!DOCTYPE html><html><title>Quota exceeded</title></html>"
    message = refusal(published, tmp_path)
    assert "answered with a web page instead of net.tar.gz" in message
    assert "https://example.org/by-hand" in message and "--from" in message
    assert files(tmp_path) == []
    assert not (tmp_path / LOCK).exists()


def test_something_else_instead_of_the_file(published: Published, web: Web, tmp_path: Path) -> None:
    web.files["net.tar.gz"] = b'{"error": "no"}'
    assert "answered with something else" in refusal(published, tmp_path)
    assert files(tmp_path) == []


def test_a_wrong_size(published: Published, tmp_path: Path) -> None:
    message = refusal(replace(published, size=len(CONTENT) + 1), tmp_path)
    assert f"has {len(CONTENT)} bytes instead of {len(CONTENT) + 1}" in message
    assert files(tmp_path) == []


def test_a_second_download_that_is_another_file(published: Published, web: Web, tmp_path: Path) -> None:
    fetch(published, tmp_path, silent).unlink()
    changed = CONTENT[:-1] + bytes([CONTENT[-1] ^ 1])
    web.files["net.tar.gz"] = changed
    message = refusal(published, tmp_path)
    assert hashlib.sha256(CONTENT).hexdigest()[:12] in message
    assert hashlib.sha256(changed).hexdigest()[:12] in message
    assert str(tmp_path / LOCK) in message
    assert files(tmp_path) == []


def test_a_sha256_that_is_known_beforehand(published: Published, tmp_path: Path) -> None:
    assert "is not the file it was" in refusal(replace(published, sha256="0" * 64), tmp_path)
    known = replace(published, sha256=hashlib.sha256(CONTENT).hexdigest())
    assert fetch(known, tmp_path, silent).read_bytes() == CONTENT


def test_a_kept_file_that_was_altered(published: Published, tmp_path: Path) -> None:
    path = fetch(published, tmp_path, silent)
    path.write_bytes(CONTENT[:-1] + b"x")
    assert "is not the file it was" in refusal(published, tmp_path)


def test_a_missing_file_and_a_missing_server(published: Published, web: Web, tmp_path: Path) -> None:
    del web.files["net.tar.gz"]
    assert "404" in refusal(published, tmp_path)
    nobody = replace(published, url="http://127.0.0.1:9/net.tar.gz")
    assert "cannot be fetched from http://127.0.0.1:9/net.tar.gz" in refusal(nobody, tmp_path)
    assert files(tmp_path) == []


def test_a_lock_file_that_is_none(published: Published, tmp_path: Path) -> None:
    (tmp_path / LOCK).write_text("hello\n")
    assert "is no list of sha256 sums" in refusal(published, tmp_path)
    assert files(tmp_path) == []


def test_a_folder_that_cannot_be_written_to(published: Published, tmp_path: Path) -> None:
    (tmp_path / "downloads").write_text("a file where the folder should be")
    assert f"Cannot keep net.tar.gz in {tmp_path}" in refusal(published, tmp_path)


def test_the_part_that_arrived_survives_a_lost_network(
    published: Published, web: Web, tmp_path: Path
) -> None:
    web.cuts["net.tar.gz"] = [HALF]
    refusal(published, tmp_path)
    message = refusal(replace(published, url="http://127.0.0.1:9/x"), tmp_path)
    assert "The part that arrived is kept" in message
    assert fetch(published, tmp_path, silent, retries=0).read_bytes() == CONTENT
    assert len(web.resumed) == 1


@pytest.fixture
def drive(published: Published, web: Web, monkeypatch: pytest.MonkeyPatch) -> Published:
    """The file as Google Drive gives it; requests to Drive go to the server here."""
    real = requests.Session.get

    def get(self: requests.Session, url: str, **options: Any) -> requests.Response:
        return real(self, url.replace("https://drive.google.com", web.url), **options)

    monkeypatch.setattr(requests.Session, "get", get)
    return replace(published, url="https://drive.google.com/uc?id=12gvlTbMvUcJewQlSEaZdeb2CdOB-b8kQ")


def test_a_large_file_of_drive_that_must_be_confirmed(drive: Published, web: Web, tmp_path: Path) -> None:
    web.files["uc"] = (
        f'<html><form id="download-form" action="{web.url}/net.tar.gz" method="get">'
        '<input type="hidden" name="id" value="1"><input type="hidden" name="confirm" value="t">'
        "</form></html>"
    ).encode()
    web.cuts["net.tar.gz"] = [HALF]
    assert "try again to resume" in refusal(drive, tmp_path)
    assert fetch(drive, tmp_path, silent, retries=0).read_bytes() == CONTENT
    assert len(web.resumed) == 1


def test_the_page_that_drive_shows_when_its_quota_is_used_up(
    drive: Published, web: Web, tmp_path: Path
) -> None:
    web.files["uc"] = b'<html><p class="uc-error-subcaption">Too many users have viewed this file.</p></html>'
    message = refusal(drive, tmp_path)
    assert "Too many users have viewed this file." in message
    assert "https://example.org/by-hand" in message and "--from" in message
    assert files(tmp_path) == []


def test_the_part_that_arrived_survives_a_used_up_quota(drive: Published, web: Web, tmp_path: Path) -> None:
    form = f'<form id="download-form" action="{web.url}/net.tar.gz"></form>'.encode()
    quota = b'<p class="uc-error-subcaption">Too many users have viewed this file.</p>'
    web.cuts["net.tar.gz"] = [HALF]
    for page in (form, quota):
        web.files["uc"] = page
        assert "The part that arrived is kept" in refusal(drive, tmp_path)
    web.files["uc"] = form
    assert fetch(drive, tmp_path, silent, retries=0).read_bytes() == CONTENT
    assert web.resumed[0] > HALF / 3
