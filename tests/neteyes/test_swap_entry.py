"""Typing the label that a clicked label shall be painted as."""

import pytest

from engines.bundle import find_bundle, read_bundle
from neteyes.swap_entry import Reply, SwapEntry, candidates
from stream.sinks.window_keys import DOWN, UP, KeyPress


@pytest.fixture(scope="module")
def card():
    return read_bundle(find_bundle("small")).card.synthesize


@pytest.fixture
def entry(card):
    return SwapEntry(card, 0, "person", None)


def type_in(entry, text):
    return [entry.press(KeyPress(ord(letter))) for letter in text][-1]


def names(entry):
    return [candidate.name for candidate in entry.candidates]


def test_trained_labels_that_begin_with_the_text_come_first(entry, card):
    type_in(entry, "be")
    assert names(entry)[:2] == ["bear", "bed"]
    known = [candidate.label in card.trained for candidate in entry.candidates]
    assert known == sorted(known, reverse=True)
    assert all(bool(candidate.note) != (candidate.label in card.trained) for candidate in entry.candidates)


def test_a_later_word_of_a_name_counts_too(card):
    assert "teddy bear" in [candidate.name for candidate in candidates(card, "bear")]
    assert "wall-brick" in [candidate.name for candidate in candidates(card, "brick")]


def test_enter_takes_the_first_candidate(entry):
    assert type_in(entry, "bea\r") is Reply.SWAP
    assert entry.choice.name == "bear"


def test_arrows_choose_and_stop_at_the_ends(entry):
    type_in(entry, "be")
    for _ in range(99):
        entry.press(KeyPress(DOWN))
    assert entry.choice == entry.candidates[-1]
    for _ in range(99):
        entry.press(KeyPress(UP))
    assert entry.choice == entry.candidates[0]


def test_tab_completes_the_chosen_name(entry):
    type_in(entry, "bea\t")
    assert entry.text == "bear"


def test_backspace_deletes_a_letter_and_on_nothing_takes_the_swap_back(card):
    entry = SwapEntry(card, 0, "person", "bear")
    assert type_in(entry, "be\b\b") is Reply.GOES_ON
    assert entry.text == ""
    assert type_in(entry, "\b") is Reply.TAKE_BACK


def test_backspace_does_nothing_where_nothing_is_swapped(entry):
    assert type_in(entry, "\b") is Reply.GOES_ON


def test_escape_and_enter_on_nothing_leave_all_as_it_is(entry):
    assert type_in(entry, "be\x1b") is Reply.CLOSE
    assert type_in(SwapEntry(entry._card, 0, "person", None), "\r") is Reply.CLOSE


def test_a_text_that_no_label_begins_with_can_be_mended(entry):
    assert type_in(entry, "bearx\r") is Reply.GOES_ON
    assert (entry.candidates, entry.choice) == ([], None)
    assert type_in(entry, "\b\r") is Reply.SWAP


def test_keys_without_a_letter_and_foreign_letters_type_nothing(entry):
    for code in (0xFF50, 0xFFFF, 0, ord("ä"), ord("["), ord(" ")):
        entry.press(KeyPress(code))
    assert entry.text == ""


def test_capital_letters_are_taken_as_small_ones(entry):
    assert type_in(entry, "BEA\r") is Reply.SWAP
