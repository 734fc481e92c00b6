"""A screen as a source: a window's own pixels, wherever it goes; what cannot be read is said in words."""

import logging
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engines.errors import SourceError
from stream.frame import Frame
from stream.sources import open_feed, open_source
from stream.sources.reconnect.feed import Feed
from stream.x11.xlib_display import open_xlib
from tests.fixtures.machine import x_server
from tests.stream.sources.screens.conftest import LEAKS, FlatWindow, OpenWindow, lasting, pattern, shots

FAST = "&rate=100"


def wait_for(frames: Iterator[Frame], picture: np.ndarray) -> None:
    """Wait until the frames show a picture, pixel by pixel; the test's time limit ends it else."""
    for frame in frames:
        if np.array_equal(frame.image, picture):
            return
    raise AssertionError("the frames ended")


def test_a_window_gives_its_own_pixels_without_frame_or_pointer(open_window: OpenWindow) -> None:
    game = open_window("Super Neteyes Land", (321, 203))
    game.window.warp_pointer(100, 100)
    game.server.sync()
    source = open_source("screen://?window=neteyes LAND")
    assert (source.live, source.mirrored, source.rate, source.size) == (True, False, 30.0, (203, 321))
    first, second = [next(frames) for frames in [source.frames(threading.Event())] for _ in range(2)]
    assert np.array_equal(first.image, pattern(321, 203))
    assert second.index > first.index and second.pts > first.pts and second.captured_at > first.captured_at


def test_a_window_is_followed_beyond_the_screen_and_beneath_others_and_to_another_size(
    open_window: OpenWindow,
) -> None:
    game = open_window("game", (300, 200))
    frames = shots("screen://?window=game" + FAST)
    wait_for(frames, pattern(300, 200))
    game.configure(x=-120, y=600)
    open_window("cover", (1280, 720), unmanaged=True)
    for _ in range(3):
        assert np.array_equal(next(frames).image, pattern(300, 200))
    for size in ((400, 260), (160, 144)):
        game.configure(width=size[0], height=size[1])
        wait_for(frames, pattern(*size))


def test_a_minimised_window_is_said_and_comes_back_under_any_title(open_window: OpenWindow) -> None:
    game = open_window("level 1", (200, 100))
    frames = lasting("screen://?window=level 1" + FAST)
    wait_for(frames, pattern(200, 100))
    game.minimise()
    notice = next(frame.notice for frame in frames if frame.notice)
    assert "'level 1' is minimised" in " ".join(notice.lines)
    utf8 = game.server.intern_atom("UTF8_STRING")
    game.window.change_text_property(game.server.intern_atom("_NET_WM_NAME"), utf8, b"level 2")
    game.restore()
    wait_for(frames, pattern(200, 100))


def test_a_closed_window_is_said_and_another_of_that_title_takes_its_place(open_window: OpenWindow) -> None:
    game = open_window("game", (200, 100))
    frames = lasting("screen://?window=game" + FAST)
    wait_for(frames, pattern(200, 100))
    game.close()
    notice = next(frame.notice for frame in frames if frame.notice)
    assert "'game' was closed" in " ".join(notice.lines)
    open_window("The Game, again", (220, 120))
    wait_for(frames, pattern(220, 120))


def test_several_windows_of_one_title_are_listed_and_a_number_chooses(open_window: OpenWindow) -> None:
    one, other = open_window("Pong", (200, 100)), open_window("Pong", (220, 120))
    with pytest.raises(SourceError, match="Several windows have 'pong'") as error:
        open_source("screen://?window=pong")
    numbers = [f"{window.window.id:#x}" for window in (one, other)]
    assert all(f"'Pong' ({number})" in str(error.value) for number in numbers)
    assert open_source(f"screen://?window={numbers[1]}").size == (120, 220)


def test_a_whole_title_goes_before_a_part_of_one(open_window: OpenWindow) -> None:
    open_window("Pong editor", (200, 100))
    open_window("Pong", (220, 120))
    assert open_source("screen://?window=pong").size == (120, 220)


def test_neither_the_terminal_that_shows_the_command_nor_our_own_window_is_taken(
    open_window: OpenWindow,
) -> None:
    open_window("neteyes run screen://?window=pong - Terminal", (200, 100))
    open_window("pong", (210, 110), process=os.getpid())
    open_window("Pong 3000", (220, 120))
    assert open_source("screen://?window=pong").size == (120, 220)


def test_a_title_that_nothing_has_is_answered_with_the_nearest(open_window: OpenWindow) -> None:
    with pytest.raises(SourceError, match="no window with a title is open"):
        open_source("screen://?window=mario")
    open_window("Text editor")
    open_window("Super Marjo Land")
    with pytest.raises(SourceError, match=r"Nearest: 'Super Marjo Land' \(0x\w+\), 'Text editor'") as error:
        open_source("screen://?window=mario")
    assert error.value.kind == "not found"


def test_a_region_of_the_screen_and_of_a_window(open_window: OpenWindow) -> None:
    game = open_window("game", (300, 200))
    place = game.window.get_geometry().root.translate_coords(game.window, 0, 0)
    wait_for(shots(f"screen://?region=300x200+{place.x}+{place.y}{FAST}"), pattern(300, 200))
    wait_for(shots(f"screen://?window=game&region=70x40+120+90{FAST}"), pattern(300, 200)[90:130, 120:190])
    for name in ("screen://?region=300x200+1000+0", "screen://?window=game&region=300x200+0+1"):
        with pytest.raises(SourceError, match=r"reaches beyond .*Give a smaller one"):
            open_source(name)


def test_a_window_that_shrinks_below_its_region_is_said(open_window: OpenWindow) -> None:
    game = open_window("game", (300, 200))
    frames = shots("screen://?window=game&region=100x100+200+100" + FAST)
    wait_for(frames, pattern(300, 200)[100:, 200:])
    game.configure(width=200, height=200)
    with pytest.raises(SourceError, match="beyond the window 'game', which has 200×200"):
        list(frames)


def test_the_monitors_are_numbered_as_those_of_outputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with x_server(tmp_path, 2) as (name, _):
        monkeypatch.setenv("DISPLAY", name)
        server = open_xlib(name)
        root = server.screen().root
        root.fill_rectangle(root.create_gc(foreground=0x3080F0), 1280, 0, 1280, 720)
        server.sync()
        left, right = (next(shots(f"screen://{number}{FAST.replace('&', '?')}")).image for number in ("", 1))
        assert left.shape == right.shape == (720, 1280, 3)
        assert not left.any() and (right == (0xF0, 0x80, 0x30)).all()
        with pytest.raises(SourceError, match=r"no monitor 2.*screen://0 \(1280×720\), screen://1"):
            open_source("screen://2")
        server.close()


def test_our_own_window_on_the_screen_is_said_once(
    open_window: OpenWindow, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    frames = shots("screen://" + FAST.replace("&", "?"))
    next(frames)
    assert not caplog.records
    own = open_window("neteyes", process=os.getpid())
    while not caplog.records:  # the test's time limit ends it else
        next(frames)
    own.configure(x=300)
    for _ in range(3):
        next(frames)
    (record,) = caplog.records
    assert "'neteyes' is on the screen that is captured" in record.getMessage()


@LEAKS
def test_a_display_that_ends_and_one_that_hangs_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with x_server(tmp_path) as (name, process):
        monkeypatch.setenv("DISPLAY", name)
        hanging, ending = shots("screen://"), shots("screen://")
        next(hanging), next(ending)
        process.send_signal(signal.SIGSTOP)
        with pytest.raises(SourceError, match="has not answered for 2 s") as error:
            list(hanging)
        assert error.value.kind == "timeout"
        process.kill()
        process.wait()
        with pytest.raises(SourceError, match=f"The display '{name}' has ended") as error:
            list(ending)
        assert error.value.kind == "ended"
        with pytest.raises(SourceError, match=f"The display '{name}' does not answer") as error:
            open_source("screen://")
        assert error.value.kind == "unreachable"


def test_a_server_that_keeps_no_pictures_of_windows_is_said_with_the_region(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with x_server(tmp_path, 1, "-extension", "Composite") as (name, _):
        monkeypatch.setenv("DISPLAY", name)
        server = open_xlib(name)
        FlatWindow(server, "game", (300, 200))
        with pytest.raises(SourceError, match=r"no Composite extension.*screen://\?region=300x200\+100\+80"):
            open_source("screen://?window=game")
        wait_for(shots("screen://?region=300x200+100+80" + FAST), pattern(300, 200))
        server.close()


def test_it_stops_at_once_however_slow_the_rate(open_window: OpenWindow) -> None:
    stop = threading.Event()
    frames = open_source("screen://?rate=0.01").frames(stop)
    next(frames)
    threading.Timer(0.05, stop.set).start()
    assert list(frames) == []


def test_a_still_screen_is_no_frozen_camera(
    open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("stream.sources.reconnect.feed.FROZEN", 0.1)
    feed = open_feed("screen://" + FAST.replace("&", "?"))
    assert isinstance(feed, Feed)
    for _ in feed.frames(threading.Event()):
        if feed.status.health.frozen > 0.2:
            break
    feed.close()
    assert not caplog.records
