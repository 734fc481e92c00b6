"""Faults of drawn scenes and clips, frame by frame."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest

from engines.errors import SourceError
from stream.faults import Faults, open_faulty
from stream.faults.faulty_frames import damaged
from stream.frame import Frame, Source
from stream.scenes import mark
from stream.sources.clip import ClipSource
from stream.sources.scene import SceneSource
from stream.uri import Uri, parse

pytestmark = pytest.mark.alone

SCENE = "fault+scene://duel?mark=1&size=192x96&rate=100&"


def fast(uri: Uri) -> Source:
    """The scene, each frame at once."""
    return SceneSource(uri.host, uri.options, pace=False)


def paced(uri: Uri) -> Source:
    return SceneSource(uri.host, uri.options)


def first(query: str, count: int, inner: Callable[[Uri], Source] = fast) -> list[Frame]:
    source = open_faulty(Faults(parse(SCENE + query)), inner)
    frames = list(islice(source.frames(threading.Event()), count))
    source.close()
    return frames


class Telling(SceneSource):
    """Each frame at once; the clock is at the one that was given last."""

    now = 0.0

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        for frame in super().frames(stop):
            self.now = frame.pts
            yield frame


def by_their_own_time(query: str, count: int) -> list[Frame]:
    """As `first`, but a busy machine moves no fault."""
    asked = Faults(parse(SCENE + query), lambda: scene.now)
    scene = Telling(asked.inner.host, asked.inner.options, pace=False)
    return list(islice(open_faulty(asked, lambda _: scene).frames(threading.Event()), count))


def test_whatever_fails_is_live() -> None:
    source = open_faulty(Faults(parse(SCENE + "drop=0.1")), fast)
    assert source.live
    assert (source.rate, source.frame_count, source.mirrored) == (100.0, None, False)


def test_without_faults_every_frame_is_as_it_was() -> None:
    plain = fast(parse("scene://duel?mark=1&size=192x96&rate=100"))
    for one, other in zip(first("drop=0", 20), plain.frames(threading.Event()), strict=False):
        assert (one.index, one.pts) == (other.index, other.pts)
        assert np.array_equal(one.image, other.image)


def test_dropped_frames_leave_gaps_that_go_by_the_seed() -> None:
    one, again, other = ([frame.index for frame in first(f"drop=0.3&seed={seed}", 60)] for seed in (1, 1, 2))
    assert one == again != other
    assert 70 < one[-1] < 115


def test_the_dice_go_on_where_they_were_after_a_reopening() -> None:
    asked = Faults(parse(SCENE + "drop=0.5"))
    opened = [
        [frame.index for frame in islice(open_faulty(asked, fast).frames(threading.Event()), 20)]
        for _ in range(2)
    ]
    assert opened[0] != opened[1]


def test_damaged_frames_are_noise_in_part() -> None:
    plain = fast(parse("scene://duel?mark=1&size=192x96&rate=100"))
    wrong = []
    for one, other in zip(first("corrupt=0.3", 60), plain.frames(threading.Event()), strict=False):
        wrong.append(float((one.image != other.image).any(2).mean()))
    hit = [part for part in wrong if part]
    assert 8 < len(hit) < 30
    assert all(0.1 < part < 0.5 for part in hit)


@pytest.mark.parametrize("size", [(1, 1), (7, 300), (97, 33), (640, 360)])
def test_any_size_can_be_damaged_without_touching_the_original(size: tuple[int, int]) -> None:
    image = np.full((size[1], size[0], 3), 90, np.uint8)
    broken = damaged(image, random.Random(0))
    assert (broken.shape, broken.dtype) == (image.shape, image.dtype)
    assert (broken != image).any()
    assert (image == 90).all()


def test_a_stall_is_silence_and_then_comes_the_newest() -> None:
    frames = first("stall=300ms/1h&after=200ms", 50, paced)
    before, after = max(pairwise(frames), key=lambda pair: pair[1].captured_at - pair[0].captured_at)
    assert after.captured_at - before.captured_at >= 0.29
    assert after.index - before.index >= 29


def test_stop_wakes_a_stall() -> None:
    stop, ended = threading.Event(), threading.Event()
    source = open_faulty(Faults(parse(SCENE + "stall=1h/2h&after=0")), paced)

    def watch() -> None:
        assert list(source.frames(stop)) == []
        ended.set()

    thread = threading.Thread(target=watch)
    thread.start()
    stop.set()
    assert ended.wait(2.5)
    thread.join()


def test_a_reset_is_an_end_that_can_be_told_from_others() -> None:
    asked = Faults(parse(SCENE + "reset=200ms"))
    for _ in range(2):
        frames = []
        with pytest.raises(SourceError, match="cut off after") as caught:
            frames.extend(open_faulty(asked, paced).frames(threading.Event()))
        assert caught.value.kind == "ended"


def test_a_reset_does_not_wait_for_the_end_of_a_stall() -> None:
    with pytest.raises(SourceError, match="cut off"):
        first("stall=1h/2h&after=0&reset=200ms", 1, paced)


def test_a_frozen_camera_sends_one_picture_again_and_again() -> None:
    frames = by_their_own_time("freeze=200ms/1h&after=200ms", 60)
    same = [np.array_equal(one.image, other.image) for one, other in pairwise(frames)]
    assert [index for index, is_same in enumerate(same) if is_same] == list(range(20, 39))
    assert all(one.index < other.index and one.pts < other.pts for one, other in pairwise(frames))


def test_the_size_changes_and_comes_back() -> None:
    shapes = [frame.image.shape for frame in by_their_own_time("size=64x40/200ms", 60)]
    assert shapes == [(96, 192, 3)] * 20 + [(40, 64, 3)] * 20 + [(96, 192, 3)] * 20


def test_a_slow_input_gives_fewer_frames_each_of_them_late() -> None:
    source = open_faulty(Faults(parse(SCENE + "slow=100ms")), paced)
    ages = []
    for frame in islice(source.frames(threading.Event()), 4):
        ages.append(time.monotonic() - frame.captured_at)
    assert min(ages) >= 0.099


def test_a_clip_fails_as_well(make_clip: Callable[..., Path], tmp_path: Path) -> None:
    path = make_clip(tmp_path / "what?.mp4")
    asked = Faults(parse(f"fault+file://{path}?drop=0.5"))
    source = open_faulty(asked, lambda uri: ClipSource(uri.path, pace=False))
    seen = [mark.read(frame.image) for frame in source.frames(threading.Event())]
    source.close()
    assert 8 < len(seen) < 32
    assert seen == sorted(set(seen))
