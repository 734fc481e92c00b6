"""`neteyes screens` and `neteyes doctor` say what of the screen can be read."""

import pytest

from neteyes.commands import doctor
from stream.x11.xlib_display import open_xlib


@pytest.fixture
def display(virtual_display, monkeypatch):
    monkeypatch.setenv("DISPLAY", virtual_display[0])
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    server = open_xlib(virtual_display[0])
    yield server
    server.close()


def test_monitors_and_windows_are_listed_as_inputs(neteyes, display):
    window = display.screen().root.create_window(0, 0, 320, 200, 0, 24)
    window.set_wm_name("Super [bold]Neteyes[/] Land")
    window.map()
    display.sync()
    result = neteyes("screens")
    assert result.code == 0, result.err
    lines = [line.strip().split(maxsplit=2) for line in result.out.splitlines()]
    assert ["screen://0", "1280×720"] in lines
    assert [f"screen://?window={window.id:#x}", "320×200", "Super [bold]Neteyes[/] Land"] in lines


def test_the_doctor_says_whether_the_screen_can_be_read(display, monkeypatch):
    assert doctor._found("screen", doctor._screen)[::2] == (
        True,
        "can be read: screen://0 (1280×720), and windows; `neteyes screens` lists them",
    )
    monkeypatch.delenv("DISPLAY")
    well, _, text = doctor._found("screen", doctor._screen)
    assert not well and "DISPLAY is not set" in text


def test_without_a_display_the_list_says_so(neteyes, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    result = neteyes("screens")
    assert result.code == 1 and "DISPLAY is not set" in result.err
