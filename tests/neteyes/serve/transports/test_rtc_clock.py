"""Frames get the time of their capture, though they wait on their way and the clocks differ."""

import numpy as np

from neteyes.serve.transports.rtc_clock import CaptureClock


def test_a_frame_that_waited_on_its_way_is_as_old_as_it_is():
    clock, rng = CaptureClock(), np.random.default_rng(0)
    late = []
    for frame in range(600):
        captured = 1000 + frame / 30
        waited = 0.010 + rng.exponential(0.02)
        late.append(clock.captured_at(round(frame * 3000), captured + waited) - captured)
    settled = np.array(late[60:])
    assert settled.min() > 0.009 and settled.max() < 0.016, "all but the quickest way is known"


def test_times_grow_across_the_wrap_of_the_senders_clock():
    clock = CaptureClock()
    times = [clock.captured_at((2**32 - 4500 + 3000 * frame) % 2**32, 50 + frame / 30) for frame in range(60)]
    assert np.allclose(np.diff(times), 1 / 30, atol=1e-3)


def test_a_senders_clock_that_jumps_is_followed():
    clock = CaptureClock()
    for frame in range(30):
        clock.captured_at(frame * 3000, 10 + frame / 30)
    assert clock.captured_at(123456789, 12.0) == 12.0
    assert clock.captured_at(123456789 + 3000, 12.2) - 12.0333 < 0.001, "it was late by 167 ms"


def test_a_senders_clock_that_runs_slow_does_not_make_frames_old():
    clock = CaptureClock()
    ages = []
    for frame in range(3000):  # 100 seconds, and the sender's are 0.1 % longer
        arrived = frame / 30
        ages.append(arrived - clock.captured_at(round(frame * 3000 * 0.999), arrived))
    assert max(ages) < 0.01
