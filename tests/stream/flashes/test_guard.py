"""The guard: shown pictures never flash too often, and pictures that do not flash too often are unchanged."""

import numpy as np
import pytest

from stream.flashes import FlashGuard, FlashMeter

SIZE = (48, 96)
PLACES = {
    "everywhere": (slice(None), slice(None)),
    "left": (slice(None), slice(0, 40)),
    "one field": (slice(20, 32), slice(40, 64)),
}
PAIRS = {
    "black and white": ((0, 0, 0), (255, 255, 255)),
    "greys": ((110, 110, 110), (150, 150, 150)),
    "red and black": ((0, 0, 255), (0, 0, 0)),
    "red and yellow": ((0, 0, 255), (0, 160, 255)),
}


def flicker(hertz, rate, *, place="everywhere", pair="black and white", seconds=2.2, sizes=(SIZE,)):
    """Two colours in turn, in a part of a picture: yields each view, and its time in seconds."""
    for index in range(round(rate * seconds)):
        view = np.full((*sizes[index // 5 % len(sizes)], 3), 90, np.uint8)
        rows, columns = PLACES[place]
        view[rows, columns] = PAIRS[pair][int(index / rate * 2 * hertz + 1e-6) % 2]
        yield view, index / rate


def guarded(frames):
    """Show all frames through a guard; return it, and the meters of the given and of the shown pictures."""
    guard, came, shown = FlashGuard(), FlashMeter(), FlashMeter()
    for view, pts in frames:
        before = view.copy()
        after = guard(view, pts)
        assert (after.shape, after.dtype) == (view.shape, np.uint8)
        assert np.array_equal(view, before)
        came(view, pts)
        shown(after, pts)
    assert guard.meter.figures() == shown.figures()
    return guard, came, shown


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("rate", [24, 30, 60])
def test_no_flicker_gets_through(rate, place, pair):
    for hertz in (3, 4.5, 8, rate / 2):
        guard, came, shown = guarded(flicker(hertz, rate, place=place, pair=pair))
        assert max(came.general.worst, came.red.worst) > 4
        assert max(shown.general.worst, shown.red.worst) <= 4
        assert guard.held


@pytest.mark.parametrize("rate", [24, 30, 60])
def test_dropped_frames_and_changing_sizes_let_no_flicker_through(rate):
    rng = np.random.default_rng(rate)
    sizes = (SIZE, (64, 128), (52, 70))
    for hertz in (3, 7, rate / 2):
        for share in (0.0, 0.2, 0.6):
            frames = [frame for frame in flicker(hertz, rate, sizes=sizes) if rng.random() >= share]
            _, _, shown = guarded(frames)
            assert shown.complies


def test_a_field_that_flashes_here_and_there_is_held_back_too():
    def dancing():
        for index in range(90):
            view = np.zeros((*SIZE, 3), np.uint8)
            view[:, index % 6 * 16 : (index % 6 + 1) * 16] = 255
            yield view, index / 30

    guard, _, shown = guarded(dancing())
    assert guard.held
    assert shown.complies


@pytest.mark.parametrize("rate", [24, 30, 60])
def test_up_to_four_transitions_a_second_are_shown_to_the_bit(rate):
    guard = FlashGuard()
    for pair in PAIRS:
        for view, pts in flicker(2, rate, pair=pair):
            assert guard(view, pts + 10 * list(PAIRS).index(pair)) is view
    assert not guard.held


def test_flicker_below_the_threshold_or_too_small_is_shown_to_the_bit():
    guard = FlashGuard()
    for index in range(90):
        view = np.full((*SIZE, 3), 100, np.uint8)
        view[:, 48:] = (130, 108)[index % 2]  # not a tenth of white
        view[:8, :15] = (0, 255)[index % 2]  # not a quarter of a field of 16 by 32
        assert guard(view, index / 30) is view


def test_only_what_flickers_is_held_back():
    guard, held = FlashGuard(), 0
    for view, pts in flicker(10, 30, place="left"):
        view[:, 60:] = np.uint8(pts * 50)
        after = guard(view, pts)
        held += guard.holding
        assert np.array_equal(after[:, 40:], view[:, 40:])
    assert held > 15
    assert guard.held == held


def test_what_is_held_back_follows_again_within_a_second():
    guard = FlashGuard()
    for view, pts in flicker(10, 30, seconds=3):
        guard(view, pts)
    after = [guard(np.full((*SIZE, 3), 200, np.uint8), 3 + index / 30) for index in range(31)]
    assert after[-1].min() == after[-1].max() == 200


def test_a_held_pixel_keeps_what_it_showed_but_for_less_than_a_tenth_of_white():
    guard, levels = FlashGuard(), []
    for view, pts in flicker(10, 30, seconds=0.9):
        after = guard(view, pts)
        if guard.holding:
            levels.append(int(after[0, 0, 0]))
    assert levels
    assert all(level > 230 or level < 90 for level in levels)  # 0.085 of white from white, and from black


@pytest.mark.parametrize("seed", range(4))
def test_a_clip_that_complies_still_does_when_some_of_it_is_held_back(seed):
    rng = np.random.default_rng(seed)
    phase, tones = rng.integers(0, 6, (6, 12)), rng.integers(0, 256, (20, 6, 12, 3), np.uint8)
    rows, columns = np.mgrid[:6, :12]

    def patches():  # each takes another colour five times a second, when it will
        for index in range(90):
            view = tones[(index + phase) // 6, rows, columns]
            yield np.repeat(np.repeat(view, 8, 0), 8, 1), index / 30

    guard, came, shown = guarded(patches())
    assert guard.held
    assert came.complies
    assert shown.complies


def test_time_that_runs_back_stands_or_leaps_lets_no_flicker_through():
    views = [np.full((*SIZE, 3), 255 * (index % 2), np.uint8) for index in range(120)]
    for times in (
        [index % 7 / 30 for index in range(120)],  # a clip that begins anew, over and over
        [0.0] * 120,
        [index // 2 / 30 for index in range(120)],
        [index / 30 + 100 * (index > 60) for index in range(120)],  # a pause
        [float("nan")] * 120,
    ):
        guard, shown = FlashGuard(), FlashMeter()
        for view, pts in zip(views, times, strict=True):
            shown(guard(view, pts), pts)
        assert shown.complies


def test_a_caller_may_use_its_buffer_again():
    buffer, shown, guard = np.empty((*SIZE, 3), np.uint8), FlashMeter(), FlashGuard()
    for view, pts in flicker(10, 30):
        buffer[:] = view
        after = guard(buffer, pts).copy()
        buffer[:] = 7
        shown(after, pts)
    assert shown.complies


def test_noise_and_tiny_pictures_go_through():
    rng = np.random.default_rng(0)
    for size in ((1, 1), (2, 5), SIZE):
        guard, shown = FlashGuard(), FlashMeter()
        for index in range(60):
            view = rng.integers(0, 256, (*size, 3), np.uint8)
            shown(guard(view, index / 30), index / 30)
        assert shown.complies
