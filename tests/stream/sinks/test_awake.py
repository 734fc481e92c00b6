"""The desktop is asked to keep the screen awake while a window is open, over a real message bus."""

import logging
import shutil
import subprocess
import sys
import threading

import pytest

from stream.sinks.awake import ScreenAwake

DESKTOP = """
from jeepney import HeaderFields, MessageType, new_method_return
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection

connection = open_dbus_connection("SESSION")
connection.send_and_get_reply(message_bus.RequestName("org.freedesktop.ScreenSaver"))
print("ready", flush=True)
while True:
    message = connection.receive()
    if message.header.message_type is not MessageType.method_call:
        continue
    asked = message.header.fields[HeaderFields.member]
    answer = ("u", (7,)) if asked == "Inhibit" else (None, ())
    connection.send(new_method_return(message, *answer))
    print(asked, *message.body, flush=True)
"""


@pytest.fixture
def desktop(monkeypatch):
    """A desktop that takes requests to keep the screen awake, on a bus of its own; it prints them."""
    if shutil.which("dbus-daemon") is None:
        pytest.skip("dbus-daemon missing: apt install dbus-daemon")
    bus = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--print-address"], stdout=subprocess.PIPE, text=True
    )
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.stdout.readline().strip())
    saver = subprocess.Popen([sys.executable, "-c", DESKTOP], stdout=subprocess.PIPE, text=True)
    assert saver.stdout.readline().strip() == "ready"
    yield saver.stdout
    for process in (saver, bus):
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture(autouse=True)
def no_display(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)


@pytest.mark.timeout(60)
def test_the_screen_may_sleep_again_when_the_window_has_been_closed(desktop):
    awake = ScreenAwake()
    assert desktop.readline().split()[0] == "Inhibit"
    awake.close()
    assert desktop.readline().split() == ["UnInhibit", "7"]


@pytest.mark.timeout(60)
def test_a_desktop_that_takes_no_request_is_said_once(monkeypatch, caplog):
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    said = threading.Event()
    monkeypatch.setattr("stream.sinks.awake.log.info", lambda *words: (logging.info(*words), said.set()))
    caplog.set_level(logging.INFO)
    awake = ScreenAwake()
    assert said.wait(30)
    awake.close()
    assert "takes no request to keep the screen awake" in caplog.text
