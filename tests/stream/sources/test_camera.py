"""Test cameras in processes of their own, with a fake driver, because there is no real camera."""

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from engines.errors import SourceError
from stream.cameras import finder, process
from stream.cameras.finder import CameraFinder
from stream.cameras.v4l2 import Camera, v4l2_nodes
from stream.frame import Frame
from stream.resilience.backoff import Backoff
from stream.resilience.killable import Child
from stream.sources import open_source
from stream.sources.camera import CameraSource
from stream.sources.reconnect.feed import Feed
from stream.sources.reconnect.status import FeedTally, Status
from stream.uri import parse
from tests.fixtures.cameras import FAKE, Sysfs, descriptors, in_use, readers, wait_for
from tests.fixtures.fake_camera import number

pytestmark = pytest.mark.alone

Plug = Callable[..., Path]
ROOT = Path(__file__).parents[3]


@pytest.fixture
def watch() -> Iterator[Callable[..., CameraSource]]:
    """Return `watch(device)`, which makes the source of a camera; check that nothing stays of it."""
    made: list[tuple[Path, CameraSource]] = []

    def make(device: Path, **asked: object) -> CameraSource:
        source = CameraSource(parse(f"v4l2://{device}"), driver=FAKE, **asked)
        made.append((device, source))
        return source

    yield make
    for device, source in made:
        source.close()
        assert readers(device) == []


def take(source: CameraSource) -> tuple[list[Frame], SourceError]:
    """Take frames until the source breaks."""
    frames = []
    with pytest.raises(SourceError) as caught:
        for frame in source.frames(threading.Event()):
            frames.append(frame)
    return frames, caught.value


@pytest.fixture
def two_cameras(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Camera]:
    found = [
        Camera(0, str(tmp_path / "video0"), "HD Pro Webcam C920"),
        Camera(2, str(tmp_path / "video2"), "Cam Link"),
    ]
    for one in found:
        Path(one.device).touch()
    monkeypatch.setattr(finder, "camera_nodes", lambda: found)
    return found


def test_an_absent_camera_is_answered_with_those_there_are(two_cameras: list[Camera]) -> None:
    for text in ("97", "/dev/video97", "v4l2:///dev/video97"):
        with pytest.raises(
            SourceError, match=r"no camera /dev/video97\. There are: .*'HD Pro Webcam C920', .*'Cam Link'"
        ) as caught:
            open_source(text)
        assert caught.value.kind == "not found"
    with pytest.raises(SourceError, match=r"No camera has 'logitech' in its name\. There are"):
        open_source("camera://logitech")


def test_where_there_is_no_camera_the_scene_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finder, "camera_nodes", list)
    with pytest.raises(SourceError, match=r"no camera.*scene://duel\."):
        open_source("97")


def test_a_part_of_its_name_opens_a_camera(two_cameras: list[Camera]) -> None:
    source = open_source("camera://c920", width=1280, height=720, rate=30)
    assert isinstance(source, CameraSource)
    assert source.live
    assert source.mirrored
    source.close()
    with pytest.raises(SourceError, match="Several cameras"):
        open_source("camera://c")


def test_a_device_that_is_no_camera(tmp_path: Path) -> None:
    device = tmp_path / "video0"
    device.write_bytes(b"not a device")
    source = CameraSource(parse(f"v4l2://{device}"))
    with pytest.raises(SourceError, match=r"video0 gives no frames") as caught:
        next(source.frames(threading.Event()))
    assert caught.value.kind == "no video"
    source.close()


def test_a_camera_gives_its_frames_at_the_size_it_was_asked_for(
    plug: Plug, watch: Callable[..., CameraSource]
) -> None:
    tally = FeedTally()
    source = watch(plug("print 1", "frames 40", "raise EIO"), width=96, height=64, rate=25, tally=tally)
    began = time.monotonic()
    frames, error = take(source)
    assert source.rate == 25
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert {frame.image.shape for frame in frames} == {(64, 96, 3)}
    assert all(
        np.diff([number(frame.image) for frame in frames]) > 0
    )  # the newest; a slow reader misses some
    assert len({id(frame.image) for frame in frames}) == len(frames)  # no frame is overwritten by the next
    assert frames[0].pts == 0
    assert all(np.diff([frame.pts for frame in frames]) > 0)
    assert began < frames[0].captured_at < frames[-1].captured_at < time.monotonic()
    assert tally.bytes == sum(frame.image.nbytes for frame in frames)
    assert (error.kind, "Input/output error" in str(error)) == ("broken", True)


def test_after_a_pause_of_the_reader_comes_the_newest_frame_and_no_error(
    plug: Plug, watch: Callable[..., CameraSource]
) -> None:
    frames = watch(plug("frames"), timeout=0.5).frames(threading.Event())
    before = next(frames)
    time.sleep(0.8)  # longer than the camera may be silent
    after = next(frames)
    assert number(after.image) > number(before.image) + 5
    assert after.captured_at > before.captured_at + 0.4
    assert after.index == before.index + 1


def test_frames_carry_their_own_size(plug: Plug, watch: Callable[..., CameraSource]) -> None:
    frames, _ = take(watch(plug("frames 40 64x48", "frames 40 48x64", "frames 40 320x240", "raise EIO")))
    shapes = [frame.image.shape[:2] for frame in frames]
    assert sorted(set(shapes), key=shapes.index) == [(48, 64), (64, 48), (240, 320)]


def test_truncated_frames_are_dropped_and_counted(plug: Plug, watch: Callable[..., CameraSource]) -> None:
    tally = FeedTally()
    frames, error = take(
        watch(plug("jpegs 20", "truncated 7", "jpegs 20", "truncated"), tally=tally, timeout=0.5)
    )
    assert tally.damaged > 7
    assert all(abs(int(frame.image[-1].mean()) - 90) < 3 for frame in frames)
    assert 0 < tally.bytes < sum(frame.image.nbytes for frame in frames)
    assert (error.kind, "only damaged frames" in str(error)) == ("damaged", True)


@pytest.mark.parametrize(
    ("acts", "message"),
    [
        (["open hang"], "did not open within 0.3 s"),
        (["hang"], "gives no frames"),
        (["frames 0"], "gives no frames"),
        (["frames 5", "hang"], "stopped giving frames after"),
        (["frames 5"], "stopped giving frames after"),
    ],
)
def test_a_silent_camera_is_an_error(
    plug: Plug, watch: Callable[..., CameraSource], acts: list[str], message: str
) -> None:
    _, error = take(watch(plug(*acts), timeout=0.3))
    assert error.kind == "timeout"
    assert message in str(error)


@pytest.mark.parametrize(
    ("acts", "kind", "message"),
    [
        ("open EACCES", "denied", "usermod -aG video"),
        ("open ENODEV", "unplugged", "unplugged after 0 frames"),
        ("open EIO", "broken", "Input/output error"),
        ("raise ENODEV", "unplugged", "unplugged"),
        ("crash", "broken", f"crashed (signal {signal.SIGSEGV.value})"),
    ],
)
def test_each_error_has_a_kind_and_a_remedy(
    plug: Plug, watch: Callable[..., CameraSource], acts: str, kind: str, message: str
) -> None:
    _, error = take(watch(plug(acts)))
    assert (error.kind, message in str(error)) == (kind, True), error


def test_a_camera_in_use_names_its_user(plug: Plug, watch: Callable[..., CameraSource]) -> None:
    device = plug()
    with device.open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        _, error = take(watch(device))
    assert error.kind == "busy"


def test_an_unplugged_camera_says_so(plug: Plug, watch: Callable[..., CameraSource]) -> None:
    device = plug("frames 5", "hang")
    frames = watch(device, timeout=60.0).frames(threading.Event())
    next(frames)
    device.unlink()
    with pytest.raises(SourceError, match=r"unplugged after \d frames") as caught:
        list(frames)
    assert caught.value.kind == "unplugged"


@pytest.mark.parametrize("acts", ["open hang", "hang", "frames 0", "frames"])
def test_stop_ends_a_camera_in_every_state(plug: Plug, acts: str) -> None:
    device, stop = plug(acts), threading.Event()

    def look() -> None:
        source = CameraSource(parse(f"v4l2://{device}"), driver=FAKE, timeout=60.0)
        for _ in source.frames(stop):
            pass
        source.close()

    looking = threading.Thread(target=look)
    looking.start()
    wait_for(lambda: in_use(device))
    stop.set()
    looking.join(2.5)
    assert not looking.is_alive()
    assert readers(device) == []
    assert not in_use(device)


def test_stop_ends_a_camera_whose_process_has_only_begun(plug: Plug) -> None:
    device, stop = plug(), threading.Event()
    source = CameraSource(parse(f"v4l2://{device}"), driver=FAKE)
    stop.set()
    assert list(source.frames(stop)) == []
    source.close()
    assert readers(device) == []


def test_signals_that_are_sent_to_all_take_no_camera_away(
    plug: Plug, watch: Callable[..., CameraSource]
) -> None:
    device = plug()
    frames = watch(device).frames(threading.Event())
    next(frames)
    (reader,) = readers(device)
    for signs in (signal.SIGINT, signal.SIGTERM):
        os.kill(reader, signs)
    assert [frame.index for frame in islice(frames, 20)] == list(range(1, 21))


def test_a_process_that_will_not_end_is_killed(plug: Plug) -> None:
    device = plug()
    source = CameraSource(parse(f"v4l2://{device}"), driver=FAKE)
    next(source.frames(threading.Event()))
    (reader,) = readers(device)
    os.kill(reader, signal.SIGSTOP)
    source.close()
    assert readers(device) == []


LOOK = f"""
import sys, threading
from stream.sources.camera import CameraSource
from stream.uri import parse
source = CameraSource(parse("v4l2://" + sys.argv[1]), driver={FAKE!r}, timeout=60.0)
for _ in source.frames(threading.Event()):
    pass
"""


@pytest.mark.parametrize("acts", ["open hang", "hang", "frames 1920x1080"])
def test_a_killed_program_leaves_the_camera_free(plug: Plug, acts: str) -> None:
    device = plug(acts)
    program = subprocess.Popen(
        [sys.executable, "-c", LOOK, str(device)], env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    wait_for(lambda: in_use(device))
    program.kill()
    wait_for(lambda: not in_use(device), 1.0)
    wait_for(lambda: readers(device) == [], 1.0)
    program.wait()


def test_no_second_process_starts_while_one_hangs_in_the_driver(
    plug: Plug, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(child: Child, grace: float) -> bool:
        os.kill(child.pid, signal.SIGSTOP)
        return False

    device = plug("open hang")
    monkeypatch.setattr(Child, "end", never)
    first = CameraSource(parse(f"v4l2://{device}"), driver=FAKE, timeout=0.3)
    take(first)
    first.close()
    (hanging,) = readers(device)
    for _ in range(3):
        again = CameraSource(parse(f"v4l2://{device}"), driver=FAKE, timeout=0.3)
        with pytest.raises(SourceError, match=rf"an earlier process \({hanging}\)") as caught:
            next(again.frames(threading.Event()))
        assert caught.value.kind == "timeout"
        again.close()
    assert readers(device) == [hanging]
    monkeypatch.undo()
    os.kill(hanging, signal.SIGKILL)
    os.waitid(os.P_PID, hanging, os.WEXITED | os.WNOWAIT)
    last = CameraSource(parse(f"v4l2://{device}"), driver=FAKE, timeout=0.3)
    _, error = take(last)
    last.close()
    assert "did not open within 0.3 s" in str(error)


def test_twenty_openings_leave_nothing_behind(plug: Plug) -> None:
    device = plug("frames 3", "raise EIO")
    before = None
    for _ in range(20):
        source = CameraSource(parse(f"v4l2://{device}"), driver=FAKE)
        take(source)
        source.close()
        before = before or (descriptors(), threading.active_count())
        assert (descriptors(), threading.active_count()) == before
    assert readers(device) == []


def test_a_camera_is_found_again_under_a_new_number(
    plug: Plug, sysfs: Sysfs, caplog: pytest.LogCaptureFixture
) -> None:
    device = plug("frames 3", "hang")
    sysfs.add(0, "C920", "1-3", "ABC")
    known = CameraFinder(parse("0"), partial(v4l2_nodes, sysfs.root, device.parent))
    opener = partial(CameraSource, parse("0"), timeout=0.3, finder=known, driver=FAKE)

    def attempt() -> tuple[list[Frame], SourceError]:
        source = opener()
        try:
            return take(source)
        finally:
            source.close()

    assert attempt()[1].kind == "timeout"
    device.unlink()
    sysfs.remove(0)
    with pytest.raises(SourceError, match="'C920' is gone") as caught:
        opener()
    assert caught.value.kind == "unplugged"
    plug("frames 3 16x16", "hang", name="video0")
    sysfs.add(0, "Cam Link", "1-4")
    plug("frames 3 80x60", "hang", name="video2")
    sysfs.add(2, "C920", "2-1", "ABC")
    frames, _ = attempt()
    assert frames[0].image.shape == (60, 80, 3)


def test_a_mirror_goes_on_when_its_camera_is_plugged_in_elsewhere(plug: Plug, sysfs: Sysfs) -> None:
    device = plug()
    sysfs.add(0, "C920", "1-3", "ABC")
    known = CameraFinder(parse("0"), partial(v4l2_nodes, sysfs.root, device.parent))
    opener = partial(CameraSource, parse("0"), finder=known, driver=FAKE)
    feed = Feed(Status("0"), opener, backoff=Backoff(0.05, 0.1))
    frames = feed.frames(threading.Event())
    before = next(frame for frame in frames if not frame.notice)
    device.unlink()
    sysfs.remove(0)
    words = next(frame.notice for frame in frames if frame.notice)
    assert "'C920' is gone. Plug it in again, into any port." in " ".join(words.lines)
    plug("frames 80x60", name="video2")
    sysfs.add(2, "C920", "2-1", "ABC")
    after = next(frame for frame in frames if frame.image.shape == (60, 80, 3))
    assert after.index > before.index
    assert after.pts > before.pts
    assert feed.status.health.state == "live"
    feed.close()
    assert readers(device.parent / "video2") == []


def test_a_camera_that_is_not_there_yet_is_looked_for_at_each_opening(
    plug: Plug, sysfs: Sysfs, tmp_path: Path
) -> None:
    known = CameraFinder(parse("camera://c920"), partial(v4l2_nodes, sysfs.root, tmp_path / "dev"))
    opener = partial(CameraSource, parse("camera://c920"), finder=known, driver=FAKE)
    with pytest.raises(SourceError, match="No camera has 'c920'") as caught:
        opener()
    assert caught.value.kind == "not found"
    device = plug(name="video4")
    sysfs.add(4, "HD Pro Webcam C920", "1-3")
    source = opener()
    assert next(source.frames(threading.Event())).index == 0
    source.close()
    assert readers(device) == []


def test_no_process_can_be_started(plug: Plug, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process.sys, "executable", "/nowhere/python")
    source = CameraSource(parse(f"v4l2://{plug()}"), driver=FAKE)
    with pytest.raises(SourceError, match="No process can be started"):
        next(source.frames(threading.Event()))
    source.close()
