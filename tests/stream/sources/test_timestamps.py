import math

import numpy as np
import pytest

from stream.sources.timestamps import LiveTimeline, Timeline

NONE = math.nan


def clip(times: list[float], **options: float) -> list[float]:
    line = Timeline(25, **options)
    return [line(None if math.isnan(at) else at) for at in times]


def live(times: list[float], arrivals: list[float] | None = None) -> list[float | None]:
    line = LiveTimeline()
    arrivals = arrivals or [1000 + 0.04 * place for place in range(len(times))]
    return [
        line(None if math.isnan(at) else at, arrived) for at, arrived in zip(times, arrivals, strict=True)
    ]


def steps(times: list[float]) -> list[float]:
    return list(np.diff(times))


def test_a_clips_frames_without_times_come_at_its_rate() -> None:
    assert clip([NONE] * 4) == pytest.approx([0, 0.04, 0.08, 0.12])
    assert clip([0.0, 0.04, NONE, NONE, 0.16]) == pytest.approx([0, 0.04, 0.08, 0.12, 0.16])


def test_times_of_a_clip_that_begin_anew_go_on() -> None:
    lap = [index / 25 for index in range(50)]
    assert steps(clip(lap * 3)) == pytest.approx([0.04] * 149)


def test_frames_slightly_out_of_order_in_a_clip_do_not_move_later_ones() -> None:
    assert clip([0.0, 0.08, 0.04, 0.12]) == pytest.approx([0, 0.08, 0.081, 0.12])


def test_a_picture_may_stand_for_hours_in_a_clip_but_not_in_a_broadcast() -> None:
    assert clip([0.0, 0.04, 5000.0, 5000.04]) == pytest.approx([0, 0.04, 5000, 5000.04])
    assert clip([0.0, 0.04, 5000.0, 5000.04], gap=10) == pytest.approx([0, 0.04, 0.08, 0.12])


def test_live_times_are_the_streams_own_however_they_arrive() -> None:
    arrivals = [1000, 1000.3, 1000.3, 1000.31, 1000.32]
    assert live([7.0, 7.04, 7.08, 7.12, 7.16], arrivals) == pytest.approx([0, 0.04, 0.08, 0.12, 0.16])


def test_live_frames_without_times_take_those_of_their_arrival() -> None:
    assert live([NONE] * 4) == pytest.approx([0, 0.04, 0.08, 0.12])


def test_a_clock_that_stands_still_is_ignored() -> None:
    assert live([7.0] * 4) == pytest.approx([0, 0.04, 0.08, 0.12])


@pytest.mark.parametrize("wrap", [2**32 / 90_000, 2**33 / 90_000, 2**32 / 8000, 1.7, -300.0, 86_400.0])
def test_a_live_clock_that_wraps_or_is_set_leaves_no_gap(wrap: float) -> None:
    times = [7 + index / 25 for index in range(50)]
    times = times[:25] + [at - wrap for at in times[25:]]
    shown = [at for at in live(times) if at is not None]
    assert len(shown) >= 43  # a clock that is set back a little looks like disorder for a quarter of a second
    assert min(steps(shown)) > 0
    assert max(steps(shown)) <= 0.3
    assert shown[-1] == pytest.approx(49 / 25, abs=0.01)


def test_after_a_stall_a_clock_that_was_set_back_costs_a_few_frames_only() -> None:
    times = [7 + index / 25 for index in range(25)]
    burst = [1000 + index / 1000 for index in range(50)]
    shown = live(times * 2, burst)
    assert shown.count(None) == LiveTimeline.LATE
    assert None not in shown[-17:]


def test_a_live_frame_that_belongs_before_the_last_one_is_left_out() -> None:
    assert live([7.0, 7.12, 7.04, 7.08, 7.16]) == [0.0, pytest.approx(0.12), None, None, pytest.approx(0.16)]


def test_both_timelines_give_the_offset_from_the_streams_own_seconds() -> None:
    broadcast, camera = Timeline(25, gap=10), LiveTimeline()
    assert (broadcast.offset, camera.offset) == (0.0, None)
    broadcast(3.0)
    camera(50.0, 1000.0)
    assert (broadcast.offset, camera.offset) == (0.0, -50.0)
    broadcast(5000.0)
    camera(9000.0, 1000.04)
    assert broadcast.offset == pytest.approx(3.04 - 5000)
    assert camera.offset == pytest.approx(0.04 - 9000)
