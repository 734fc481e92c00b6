"""A page whose network crawls, or that has vanished without a word, loses its seat."""

from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed

from tests.fixtures.page import Page


@pytest.fixture
def hasty(monkeypatch, serve):
    """A mirror with one seat that waits a tenth as long for a page."""
    monkeypatch.setattr("neteyes.serve.server.PING_SECONDS", 0.3)
    monkeypatch.setattr("neteyes.serve.server.PONG_SECONDS", 0.6)
    monkeypatch.setattr("neteyes.serve.websocket_protocol.CLOSING_SECONDS", 0.3)
    monkeypatch.setattr("neteyes.serve.outbox.PATIENCE", 0.5)
    return serve(visitors=1)


def test_a_page_that_has_vanished_frees_its_seat(hasty):
    with Page(hasty.url) as gone:
        gone.hear("welcome")
        gone.socket.send_data = lambda: None  # from now on it answers nothing, not even pings
        with Page(hasty.url) as next_one:
            next_one.hear("queued")
            next_one.hear("welcome")


def test_a_page_that_does_not_read_what_it_asks_for_frees_its_seat(hasty, duel):
    with Page(hasty.url) as crawling:
        crawling.hear("welcome")
        crawling.answer(duel.at(0).image)
        with suppress(ConnectionClosed):
            for number in range(250):
                crawling.say("labels", id=number)
        with Page(hasty.url) as next_one:
            next_one.hear("welcome")
