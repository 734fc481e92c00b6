"""Where a screen cannot be read, words say why, and what serves in its place."""

import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engines.errors import SourceError
from stream.sources import open_source
from stream.x11.xlib_display import open_xlib
from tests.fixtures.machine import x_server
from tests.stream.sources.screens.conftest import LEAKS, FlatWindow, pattern

INSTEAD = "`neteyes serve`.*screen button.*camera://OBS"


def entry(*parts: bytes) -> bytes:
    """An entry of an Xauthority file, for local connections."""
    return struct.pack(">H", 256) + b"".join(struct.pack(">H", len(part)) + part for part in parts)


@LEAKS
@pytest.mark.parametrize(
    ("display", "kind"), [(None, "not found"), (":7777", "unreachable"), ("nonsense", "unreachable")]
)
def test_no_display_is_said_with_the_way_to_one(
    monkeypatch: pytest.MonkeyPatch, display: str | None, kind: str
) -> None:
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    if display:
        monkeypatch.setenv("DISPLAY", display)
    with pytest.raises(SourceError, match=r"[Ss]et DISPLAY") as error:
        open_source("screen://")
    assert error.value.kind == kind


@LEAKS
def test_a_display_of_another_user_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys, other = tmp_path / "keys", tmp_path / "other"
    keys.write_bytes(entry(socket.gethostname().encode(), b"", b"MIT-MAGIC-COOKIE-1", bytes(range(16))))
    other.write_bytes(entry(socket.gethostname().encode(), b"", b"MIT-MAGIC-COOKIE-1", bytes(16)))
    with x_server(tmp_path, 1, "-auth", str(keys)) as (name, _):
        monkeypatch.setenv("DISPLAY", name)
        for file in (tmp_path / "none", other):
            monkeypatch.setenv("XAUTHORITY", str(file))
            with pytest.raises(SourceError, match=f"does not know this one .XAUTHORITY is {file}") as error:
                open_source("screen://")
            assert error.value.kind == "denied"
        monkeypatch.setenv("XAUTHORITY", str(keys))
        assert open_source("screen://").size == (720, 1280)


def test_wayland_is_said_with_what_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    with pytest.raises(SourceError, match=f"On Wayland .*{INSTEAD}"):
        open_source("screen://?window=game")


@pytest.fixture
def xwayland(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The display of an X server that serves X programs on a Wayland desktop."""
    if missing := [tool for tool in ("weston", "Xwayland") if shutil.which(tool) is None]:
        pytest.skip(f"{' and '.join(missing)} missing: apt install weston xwayland")
    with tempfile.TemporaryDirectory() as folder:  # the path of a socket must be short
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        command = ["weston", "--backend=headless-backend.so", "--xwayland", "--socket=wayland-test"]
        desktop = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert desktop.stdout
        said = (re.search(r"xserver listening on display (:\d+)", line) for line in desktop.stdout)
        display = next(filter(None, said))[1]
        monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-test")
        monkeypatch.setenv("DISPLAY", display)
        yield display
        desktop.terminate()
        desktop.wait()
        desktop.stdout.close()


def test_on_wayland_the_windows_of_x_programs_can_be_read(xwayland: str) -> None:
    with pytest.raises(SourceError, match=rf"On Wayland .*screen://\?window=TITLE.*{INSTEAD}"):
        open_source("screen://")
    server = open_xlib(xwayland)
    game = FlatWindow(server, "game", (320, 200))
    frames = open_source("screen://?window=game&rate=100").frames(threading.Event())
    while not np.array_equal(next(frames).image, pattern(320, 200)):
        pass  # the test's time limit ends it else
    game.close()
    server.close()


@pytest.mark.parametrize(("platform", "system"), [("win32", "Windows"), ("darwin", "macOS")])
def test_other_systems_are_said_with_what_serves(
    monkeypatch: pytest.MonkeyPatch, platform: str, system: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    with pytest.raises(SourceError, match=f"not of {system}.*{INSTEAD}"):
        open_source("screen://")
