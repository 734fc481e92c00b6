"""The definition of a flash in WCAG 2.2, one clause a test."""

import numpy as np
import pytest

from stream.flashes import FlashMeter
from stream.flashes.flash_area import Windows
from stream.flashes.light import LINEAR

SIZE = (48, 96)


def grey(luminance):
    """The byte whose luminance is nearest."""
    return int(np.abs(LINEAR - luminance).argmin())


def picture(colour, *, box=None, ground=(90, 90, 90), size=SIZE):
    view = np.full((*size, 3), ground, np.uint8)
    view[box if box else slice(None)] = colour
    return view


def measured(colours, *, rate=30, **how):
    """Show one colour after the other; a number is a grey."""
    meter = FlashMeter()
    for index, colour in enumerate(colours):
        meter(picture((colour,) * 3 if np.isscalar(colour) else colour, **how), index / rate)
    return meter


def square(hertz, seconds, low, high, rate=30):
    """A square wave of two colours, as a list with one for each picture."""
    return [(low, high)[int(index / rate * 2 * hertz + 1e-6) % 2] for index in range(round(seconds * rate))]


@pytest.mark.parametrize("rate", [24, 30, 60])
def test_three_flashes_a_second_comply_and_more_do_not(rate):
    three = measured(square(3, 4, 40, 200, rate), rate=rate)
    four = measured(square(4, 4, 40, 200, rate), rate=rate)
    assert (three.general.worst, three.complies) == (6, True)
    assert (four.general.worst, four.complies) == (8, False)


def test_seven_transitions_fail_within_a_second_and_pass_in_a_whole_one():
    def at(*turns):
        return [200 if sum(turn <= index for turn in turns) % 2 else 40 for index in range(40)]

    assert not measured(at(1, 2, 11, 12, 21, 22, 30)).complies
    assert measured(at(1, 2, 11, 12, 21, 22, 31)).complies


def test_timestamps_rounded_to_milliseconds_make_no_difference():
    meter = FlashMeter()
    for index, colour in enumerate(square(3, 4, 40, 200)):
        meter(picture((colour,) * 3), round(index / 30, 3))
    assert meter.general.worst == 6


def test_time_is_what_timestamps_say_not_how_many_pictures_there_are():
    slow = FlashMeter()
    for index in range(60):  # 15 flashes a second at 30 fps; shown once a second, they are none too many
        slow(picture((255 * (index % 2),) * 3), float(index))
    assert slow.general.worst == 1


@pytest.mark.parametrize(
    ("low", "high", "counts"),
    [(0.2, 0.29, False), (0.2, 0.31, True), (0.75, 0.9, True), (0.82, 1.0, False)],
    ids=["under a tenth", "over a tenth", "darker below 0.8", "darker above 0.8"],
)
def test_a_flash_is_a_tenth_of_white_whose_darker_end_is_below_four_fifths(low, high, counts):
    assert bool(measured(square(8, 2, grey(low), grey(high))).general.worst) is counts


def test_small_wiggles_neither_count_nor_break_a_larger_change():
    rising = [grey(y) for y in (0.1, 0.16, 0.15, 0.21)]
    assert measured([*rising, *rising[::-1]]).general.worst == 2


def test_a_change_in_steps_is_one_transition():
    stairs = [grey(y) for y in (0.1, 0.18, 0.26, 0.34, 0.26, 0.18, 0.1)]
    assert measured(stairs * 2).general.worst == 4


def test_a_first_picture_is_no_transition_and_the_first_rise_and_the_first_fall_are():
    assert [measured([10, 200]).general.worst, measured([200, 10]).general.worst] == [1, 1]
    assert measured([200]).general.worst == 0


@pytest.mark.parametrize("place", [(0, 0), (31, 63), (17, 40)])
def test_a_quarter_of_any_field_is_enough_and_less_is_not(place):
    # A field is 16 rows of 32 columns: 512 pixels.
    top, left = place
    for columns, complies in ((15, True), (17, False)):
        box = slice(top, top + 8), slice(left, left + columns)
        assert measured(square(8, 2, 0, 255), box=box).complies is complies


def test_a_large_picture_is_also_judged_at_its_own_size():
    # 200 by 150 pixels are more than a quarter of 341 by 256, but not of a third by a third of the picture.
    whole, half = (slice(300, 450), slice(800, 1000)), (slice(150, 225), slice(400, 500))
    assert not measured(square(8, 0.6, 0, 255), box=whole, size=(1080, 1920)).complies
    assert measured(square(8, 0.6, 0, 255), box=half, size=(540, 960)).complies


@pytest.mark.parametrize("box", [(341, 70), (70, 341)], ids=["upright", "lying"])
def test_a_field_may_lie_or_stand(box):
    mask = np.zeros((1080, 1920), bool)
    mask[300 : 300 + box[0], 800 : 800 + box[1]] = True
    assert Windows(mask.shape).reached(mask)
    mask[300 : 300 + box[0] // 8] = False  # not a quarter of 341 by 256 any more, either way
    assert not Windows(mask.shape).reached(mask)


@pytest.mark.parametrize("seed", range(6))
def test_no_field_is_overlooked(seed):
    rng = np.random.default_rng(seed)
    mask = rng.random((48, 96)) < 0.02
    mask[seed : seed + rng.integers(6, 12), 3 * seed : 3 * seed + 16] = True
    fields = np.lib.stride_tricks.sliding_window_view(mask, (16, 32)).sum((2, 3))
    for share in (0.2, fields.max() / 512, (fields.max() + 1) / 512):
        full = Windows(mask.shape).full(mask, share)
        assert Windows(mask.shape).reached(mask, share) is bool((fields >= 512 * share).any())
        assert np.array_equal(full[0], fields >= 512 * share) if full else fields.max() < 512 * share


def test_areas_add_up_if_they_flash_in_the_same_second():
    meter = FlashMeter()
    for index in range(60):
        view = picture((90, 90, 90))
        view[:9, :9] = 255 * (index % 2)
        view[:9, 16:25] = 255 * (index // 2 % 2)
        meter(view, index / 30)
    assert not meter.complies


RED, WHITE, BLUE, BLACK = (0, 0, 255), (255, 255, 255), (255, 0, 0), (0, 0, 0)


@pytest.mark.parametrize("other", [WHITE, BLUE, BLACK], ids=["white", "blue", "black"])
def test_red_flashes_count_apart(other):
    assert measured(square(4, 2, RED, other)).red.worst == 8
    assert measured(square(4, 2, BLUE, WHITE)).red.worst == 0


def test_red_that_is_not_saturated_or_changes_too_little_is_no_red_flash():
    pale, orange = (120, 120, 230), (0, 60, 255)
    assert measured(square(4, 2, pale, WHITE)).red.worst == 0
    assert measured(square(4, 2, RED, orange)).red.worst == 0


def test_a_red_flash_of_constant_luminance_is_only_red():
    level = grey(0.2126)
    meter = measured(square(8, 2, RED, level))
    assert (meter.general.worst, meter.red.worst) == (0, 16)


def test_red_that_fades_is_counted_like_red_that_jumps():
    fade = [(int(level),) * 2 + (255,) for level in np.interp(np.arange(60) % 6, [0, 3, 6], [0, 255, 0])]
    assert measured(fade).red.worst >= 9


def test_noise_in_blacks_is_not_red():
    rng = np.random.default_rng(0)
    meter = FlashMeter()
    for index in range(60):
        meter(rng.integers(0, 4, (*SIZE, 3), np.uint8), index / 30)
    assert meter.red.worst == 0


def test_pictures_of_changing_size_are_one_clip():
    meter = FlashMeter()
    for index in range(60):
        size = SIZE if index % 3 else (36, 80)
        meter(picture((255 * (index % 2),) * 3, size=size), index / 30)
    assert meter.general.worst == 30


def test_a_clip_that_begins_anew_goes_on_being_counted():
    meter = FlashMeter()
    for index in range(60):
        meter(picture((255 * (index % 2),) * 3), index % 5 / 30)
    assert not meter.complies
    assert meter.pictures == 60


def test_the_figures_say_when_it_was_worst_and_sink_again():
    meter = measured([*[40] * 30, *square(5, 1, 40, 200), *[40] * 60])
    assert meter.general.worst == 10
    assert 1.8 < meter.general.worst_at < 2.1
    assert (meter.general.transitions, meter.over) == (0, False)
    assert meter.figures()["general"]["flashes_worst_second"] == 5
    assert meter.figures()["complies"] is False
