from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from engines.errors import SourceError
from stream.cameras.finder import CameraFinder
from stream.cameras.v4l2 import v4l2_nodes
from stream.uri import parse
from tests.fixtures.cameras import Sysfs


class Desk:
    """A machine whose cameras are plugged in and out."""

    def __init__(self, sysfs: Sysfs, dev: Path) -> None:
        self.sysfs, self.dev = sysfs, dev
        dev.mkdir()

    def plug(self, number: int, *facts: object, **more: object) -> None:
        self.sysfs.add(number, *facts, **more)
        (self.dev / f"video{number}").touch()

    def unplug(self, number: int) -> None:
        self.sysfs.remove(number)
        (self.dev / f"video{number}").unlink()

    def finder(self, text: str) -> Callable[[], str]:
        """Find what `text` names, have it give a picture, and return how it is found from then on."""
        finder = CameraFinder(parse(text), partial(v4l2_nodes, self.sysfs.root, self.dev))

        def find() -> str:
            device = finder.find()
            finder.remember(device)
            return Path(device).name

        find()
        return find


@pytest.fixture
def desk(sysfs: Sysfs, tmp_path: Path) -> Desk:
    return Desk(sysfs, tmp_path / "dev")


def kind(find: Callable[[], str]) -> str:
    with pytest.raises(SourceError) as caught:
        find()
    return caught.value.kind


@pytest.mark.parametrize("text", ["0", "camera://c920", "/dev/video0"])
def test_the_same_port_has_it_under_a_new_number(desk: Desk, text: str) -> None:
    desk.plug(0, "HD Pro Webcam C920", "1-3")
    find = desk.finder(text.replace("/dev", f"v4l2://{desk.dev}"))
    desk.unplug(0)
    assert kind(find) == "unplugged"
    desk.plug(2, "HD Pro Webcam C920", "1-3")
    assert find() == "video2"


def test_a_number_that_another_camera_got_is_not_taken(desk: Desk) -> None:
    desk.plug(0, "C920", "1-3")
    find = desk.finder("0")
    desk.unplug(0)
    desk.plug(0, "Cam Link", "1-4")
    with pytest.raises(SourceError, match=r"'C920' is gone.*There are: .*'Cam Link'"):
        find()
    desk.plug(1, "C920", "1-3")
    assert find() == "video1"


def test_another_port_has_it_if_only_one_can_be_it(desk: Desk) -> None:
    desk.plug(0, "C920", "1-3")
    find = desk.finder("0")
    desk.unplug(0)
    desk.plug(0, "C920", "2-1")
    assert find() == "video0"
    desk.unplug(0)
    desk.plug(0, "C920", "3-1")
    desk.plug(1, "C920", "3-2")
    assert kind(find) == "unplugged"


def test_its_twin_beside_it_is_not_it(desk: Desk) -> None:
    desk.plug(0, "C920", "1-1")
    desk.plug(2, "C920", "1-2")
    find = desk.finder("0")
    desk.unplug(0)
    assert kind(find) == "unplugged"
    desk.plug(0, "C920", "1-7")
    assert find() == "video0"


def test_a_serial_number_tells_twins_apart(desk: Desk) -> None:
    desk.plug(0, "C920", "1-1", "AAA")
    find = desk.finder("0")
    desk.unplug(0)
    desk.plug(0, "C920", "1-4", "BBB")
    assert kind(find) == "unplugged"
    desk.plug(1, "C920", "1-5", "AAA")
    assert find() == "video1"


def test_swapped_ports_are_seen_through_and_a_replacement_is_taken(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.plug(0, "C920", "1-1")
    find = desk.finder("0")
    desk.unplug(0)
    desk.plug(0, "Brio", "1-1")
    desk.plug(1, "C920", "1-2")
    assert find() == "video1"
    desk.unplug(1)
    desk.plug(1, "Brio", "1-2")
    assert find() == "video1"
    assert "Where 'C920' was, there is 'Brio' now" in caplog.text


def test_a_name_finds_any_camera_that_has_it(desk: Desk) -> None:
    desk.plug(0, "Logitech C920", "1-1", "AAA")
    find = desk.finder("camera://logitech")
    desk.unplug(0)
    assert kind(find) == "unplugged"
    desk.plug(4, "Logitech Brio", "1-2", "BBB")
    assert find() == "video4"


def test_metadata_nodes_are_not_taken_for_the_camera(desk: Desk) -> None:
    desk.plug(0, "C920", "1-1")
    desk.plug(1, "C920", "1-1", part=1)
    find = desk.finder("camera://c920")
    desk.unplug(0)
    desk.unplug(1)
    desk.plug(3, "C920", "1-1", part=1)
    desk.plug(4, "C920", "1-1")
    assert find() == "video4"


def test_a_virtual_camera_keeps_its_number_or_is_found_by_name(desk: Desk) -> None:
    desk.plug(3, "OBS Virtual Camera")
    find = desk.finder("3")
    assert find() == "video3"
    desk.unplug(3)
    desk.plug(5, "OBS Virtual Camera")
    assert find() == "video5"


def test_a_path_that_lasts_is_taken_at_its_word(desk: Desk) -> None:
    desk.plug(0, "C920", "1-1")
    link = desk.dev / "by-id"
    link.symlink_to("video0")
    find = desk.finder(f"v4l2://{link}")
    desk.unplug(0)
    assert kind(find) == "unplugged"
    desk.plug(2, "C920", "1-9")
    link.unlink()
    link.symlink_to("video2")
    assert find() == "by-id"


@pytest.mark.parametrize("text", ["97", "/dev/video97", "camera://logitech"])
def test_a_camera_that_was_never_there_is_not_found(desk: Desk, text: str) -> None:
    desk.plug(0, "HD Pro Webcam C920", "1-1")
    assert kind(lambda: desk.finder(text)()) == "not found"
