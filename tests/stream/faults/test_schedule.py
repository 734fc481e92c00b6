import itertools
import logging
import math

import pytest

from engines.errors import UsageError
from stream.faults import Faults
from stream.faults.schedule import FaultWindow
from stream.uri import parse


def faults(text: str) -> Faults:
    return Faults(parse(text))


def test_a_window_comes_again_and_again() -> None:
    window = FaultWindow(first=10, length=5, period=30)
    on = [at for at in range(100) if window.left(at)]
    assert on == [*range(10, 15), *range(40, 45), *range(70, 75)]
    assert window.left(12) == 3
    assert [window.ahead(at) for at in (0, 12, 15, 39)] == [10, 0, 25, 1]


@pytest.mark.parametrize(
    ("query", "window"),
    [
        ("stall=5s", FaultWindow(30, 5, 30)),
        ("stall=5", FaultWindow(30, 5, 30)),
        ("stall=500ms&every=2s", FaultWindow(2, 0.5, 2)),
        ("stall=5s&every=20s&after=10s", FaultWindow(10, 5, 20)),
        ("stall=5s/1min&every=20s", FaultWindow(60, 5, 60)),
        ("stall=1m/1h&after=0", FaultWindow(0, 60, 3600)),
        ("stall=1m30s/1h30m", FaultWindow(5400, 90, 5400)),
    ],
)
def test_how_long_and_how_often(query: str, window: FaultWindow) -> None:
    assert faults(f"fault+scene://duel?{query}").stall == window


def test_a_size_alternates_with_the_own_one() -> None:
    asked = faults("fault+file://clip.mp4?size=320x240/10s")
    assert asked.size == (320, 240)
    assert [bool(asked.resized.left(at)) for at in (0, 9, 10, 19, 20, 30)] == [0, 0, 1, 1, 0, 1]


def test_fault_options_are_taken_out_and_other_options_stay() -> None:
    asked = faults("fault+rtsp://u:p%40@cam:8554/x?channel=1&drop=0.1&subtype=0&reset=20s&seed=3")
    assert asked.inner.text == asked.inner.url == "rtsp://u:p%40@cam:8554/x?channel=1&subtype=0"
    assert (asked.inner.scheme, asked.inner.password) == ("rtsp", "p@")
    assert (asked.drop, asked.reset, asked.seed) == (0.1, 20.0, 3)
    assert faults("fault+http://h/x?slow=200kB").inner.url == "http://h/x"
    assert faults("fault+http://h/x?%73low=1&size=640x480").inner.url == "http://h/x?%73low=1&size=640x480"
    clip = faults("fault+file://what?.mp4?drop=0.1").inner
    assert (clip.scheme, clip.path, clip.query) == ("file", "what?.mp4", "")
    camera = faults("fault+v4l2:///dev/video0?stall=5").inner
    assert (camera.scheme, camera.path, camera.query) == ("v4l2", "/dev/video0", "")


def test_a_scene_keeps_its_own_size_and_shares_the_seed() -> None:
    asked = faults("fault+scene://duel?rate=60&size=320x180&size=64x48/2s&seed=7&drop=0.5")
    assert asked.inner.options == {"rate": "60", "size": "320x180", "seed": "7"}
    assert str(asked.inner) == "scene://duel?rate=60&size=320x180&seed=7"
    assert (asked.size, asked.seed) == ((64, 48), 7)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("scene://duel?drop=2", r"drop=2 is invalid.*0 to 1.*drop=0\.1"),
        ("scene://duel?corrupt=-1", "share from 0 to 1"),
        ("scene://duel?stall=5parsecs", "ms, s, min and h are known"),
        ("scene://duel?stall=0", "is invalid"),
        ("scene://duel?stall=nan", "is invalid"),
        ("scene://duel?stall=40s", r"40 s do not fit into every 30 s. Write stall=40s/80s"),
        ("scene://duel?reset=soon", "such as reset=5s"),
        ("scene://duel?seed=x", "whole number"),
        ("scene://duel?dorp=0.1", r"Unknown fault: 'dorp'\. Did you mean 'drop'\?.*Known .*freeze"),
        ("scene://duel?refuse=5s", "refuse=5s cannot happen to anything but a network stream"),
        ("rtsp://cam/x?freeze=5s", "freeze=5s cannot happen to a network stream. Known .*hole"),
        ("rtsp://cam/x?slow=fast", "bytes a second, such as slow=200kB"),
        ("rtsp://cam/x?slow=0", "bytes a second"),
        ("scene://duel?slow=200kB", "slow=200kB is invalid. Give a time"),
        ("file://clip.mp4?rate=3", "Unknown fault: 'rate'. Known"),
        ("file://clip.mp4?size=big", "WIDTHxHEIGHT/EVERY"),
        ("file://clip.mp4?size=0x9/2s", "WIDTHxHEIGHT/EVERY"),
    ],
)
def test_an_invalid_option_is_answered_with_a_valid_one(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        faults(f"fault+{text}")


def test_a_typing_error_that_goes_to_a_server_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    asked = faults("fault+rtsp://u:hunter2@cam/x?dorp=0.1")
    assert asked.inner.query == "dorp=0.1"
    assert "Did you mean 'drop'?" in caplog.text
    assert "asks for no fault" in caplog.text
    assert "hunter2" not in caplog.text


def test_the_log_says_what_will_happen_without_the_password(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        faults("fault+rtsp://u:hunter2@cam/x?drop=0.1&stall=5s")
    assert "rtsp://***@cam/x is made to fail: drop=0.1, stall=5s." in caplog.text


def test_the_dice_go_by_the_seed_and_each_fault_has_its_own() -> None:
    def thrown(query: str) -> list[tuple[bool, float | None]]:
        asked = faults(f"fault+scene://duel?{query}")
        chances = [(asked.drops(), asked.damages()) for _ in range(1000)]
        return [(drop, chance and chance.random()) for drop, chance in chances]

    both = thrown("drop=0.1&corrupt=0.2&seed=5")
    assert both == thrown("drop=0.1&corrupt=0.2&seed=5") != thrown("drop=0.1&corrupt=0.2&seed=6")
    assert [drop for drop, _ in both] == [drop for drop, _ in thrown("drop=0.1&seed=5")]
    assert 70 < sum(drop for drop, _ in both) < 130
    assert 160 < sum(chance is not None for _, chance in both) < 240


def test_before_its_time_nothing_happens() -> None:
    asked = faults("fault+scene://duel?drop=1&corrupt=1&stall=5s&after=1h")
    asked.start()
    assert not any(asked.drops() or asked.damages() for _ in range(100))
    assert asked.stall.ahead(asked.now) > 3590


def test_the_clock_goes_on_over_all_openings() -> None:
    asked = faults("fault+scene://duel?reset=1s")
    assert asked.now == 0
    asked.start()
    times = [asked.now]
    asked.start()
    times.append(asked.now)
    assert all(before <= after for before, after in itertools.pairwise(times))
    assert asked.now > 0
    assert math.isinf(faults("fault+scene://duel").reset)
