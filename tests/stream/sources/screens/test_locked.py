"""A locked screen is said, whether a lock program covers it or the desktop tells the system."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import IO

import pytest

from engines.errors import SourceError
from stream.sources import open_source
from tests.stream.sources.screens.conftest import OpenWindow, lasting, shots

LOGIND = """
import sys
from jeepney import HeaderFields, MessageType, new_method_return
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection

connection = open_dbus_connection("SYSTEM")
connection.send_and_get_reply(message_bus.RequestName("org.freedesktop.login1"))
print("ready", flush=True)
display, locked = sys.argv[1:]
while True:
    message = connection.receive()
    if message.header.message_type is MessageType.method_call:
        facts = {"Display": ("s", display), "LockedHint": ("b", locked == "locked")}
        connection.send(new_method_return(message, "a{sv}", (facts,)))
"""


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A message bus of the system, of its own."""
    if shutil.which("dbus-daemon") is None:
        pytest.skip("dbus-daemon missing: apt install dbus-daemon")
    daemon = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--print-address"], stdout=subprocess.PIPE, text=True
    )
    assert daemon.stdout
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", daemon.stdout.readline().strip())
    yield
    end(daemon)


def logind(display: str, state: str) -> subprocess.Popen[str]:
    """The service that knows sessions, with one of that display."""
    process = subprocess.Popen(
        [sys.executable, "-c", LOGIND, display, state], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout and process.stdout.readline().strip() == "ready"
    return process


def end(process: subprocess.Popen[str]) -> None:
    out: IO[str] | None = process.stdout
    process.kill()
    process.wait()
    if out:
        out.close()


def test_a_lock_program_over_the_screen_is_said_until_it_is_gone(open_window: OpenWindow) -> None:
    frames = lasting("screen://?rate=100")
    next(frames)
    lock = open_window("", (1280, 720), unmanaged=True, program="i3lock")
    notice = next(frame.notice for frame in frames if frame.notice)
    assert "The screen is locked (by i3lock). Unlock it" in " ".join(notice.lines)
    lock.close()
    assert next(frame for frame in frames if frame.is_picture).image.shape == (720, 1280, 3)


def test_a_window_is_captured_under_a_lock(open_window: OpenWindow) -> None:
    open_window("game")
    open_window("", (1280, 720), unmanaged=True, program="i3lock")
    assert next(shots("screen://?window=game")).is_picture


def test_a_program_of_that_name_in_a_small_window_is_no_lock(open_window: OpenWindow) -> None:
    open_window("settings", program="xscreensaver-settings")
    assert next(shots("screen://")).is_picture


def test_a_session_that_is_locked_is_said(open_window: OpenWindow, bus: None, desktop: str) -> None:
    service = logind(desktop, "locked")
    with pytest.raises(SourceError, match=r"locked .by the desktop.*Unlock it") as error:
        open_source("screen://")
    assert error.value.kind == "no video"
    end(service)
    for other in (logind(desktop, "open"), logind(":7777", "locked")):
        assert next(shots("screen://")).is_picture
        end(other)
