"""One input for all: the same frames, painted and encoded once, and nothing runs while nobody looks."""

import time

import pytest

from engines.errors import SourceError, UsageError
from neteyes.serve.serve_options import ServeOptions
from neteyes.serve.server import MirrorServer
from neteyes.serve.transports import jpeg_codec
from stream.scenes import mark
from tests.fixtures.page import Page

SCENE = "scene://duel?size=320x180&rate=20&mark=1"


@pytest.fixture(scope="module")
def shared():
    options = ServeOptions(
        input=SCENE, listen="127.0.0.1:0", height=192, size="352x192", fit="stretch", view="triptych"
    )
    with MirrorServer(options) as server:
        yield server


def look(page: Page) -> int | None:
    """Return the mark of the next frame of the input, from the camera's panel."""
    number, _, view = page.picture()
    page.say("seen", number=number)
    return mark.read(view[:, : (view.shape[1] - 12) // 3])


def marks(page: Page, count: int) -> list[int | None]:
    return [look(page) for _ in range(count)]


def test_all_visitors_see_the_frames_of_the_input_encoded_once(shared, monkeypatch):
    encoded = []
    encode = jpeg_codec.encode
    monkeypatch.setattr(jpeg_codec, "encode", lambda view: encoded.append(1) or encode(view))
    with Page(shared.url) as one, Page(shared.url) as other:
        welcome = one.hear("welcome")
        assert welcome["shared"] is True and welcome["input"] == SCENE
        other.hear("welcome")
        both = [(look(one), look(other)) for _ in range(10)]
        first, second = (list(marks) for marks in zip(*both, strict=True))
        assert first == sorted(set(first)) and second == sorted(set(second)) and None not in first + second
        assert len(set(first) & set(second)) >= 5, "they see the same frames"
    assert len(encoded) <= len(set(first) | set(second)) + 4


def test_what_one_visitor_sets_all_see(shared):
    with Page(shared.url) as one, Page(shared.url) as other:
        one.hear("welcome")
        other.hear("welcome")
        one.say("set", swaps={"person": "bear"})
        while other.hear("state")["controls"]["swaps"] != {"person": "bear"}:
            pass
        with Page(shared.url, view="labels", swaps={}) as third:
            controls = third.hear("welcome")["controls"]
            assert controls["swaps"] == {"person": "bear"} and controls["view"] == "triptych"
        one.say("set", swaps={})
        one.hear("state")


def test_frames_of_a_visitor_are_refused(shared, duel):
    with Page(shared.url) as page:
        page.hear("welcome")
        page.send(duel.at(0).image)
        assert "send no frames" in page.hear("error")["message"]


def test_the_nets_rest_while_nobody_looks(shared, wait_for):
    pipeline = shared.service._shared.mirror.pipeline
    wait_for(lambda: shared.service.visitors.inside == 0)
    assert pipeline.paused
    with Page(shared.url) as page:
        page.hear("welcome")
        marks(page, 3)
        page.say("pause", paused=True)
        page.say("at", id=1, x=0.5, y=0.5)
        page.hear("at")
        assert pipeline.paused, "its only visitor hides the tab"
        page.say("pause", paused=False)
        page.pictures.clear()
        newest = marks(page, 3)[-1]
        time.sleep(0.2)
    wait_for(lambda: pipeline.paused)
    shown = pipeline.meter.frames_out
    with Page(shared.url) as page:
        page.hear("welcome")
        assert marks(page, 1)[0] > newest, "the input went on meanwhile"
    assert shown > 0


def test_a_slow_visitor_gets_the_newest_frame_after_each_that_it_has_seen(shared):
    with Page(shared.url) as page:
        page.hear("welcome")
        first = page.picture()
        for _ in range(2):  # a second apart
            page.hear("state")
        assert not page.pictures, "none came before the first was acknowledged"
        page.say("seen", number=first[0])
        number, age, _ = page.picture()
        assert number > first[0] + 5 and age < 1000


def test_the_end_of_the_input_ends_the_server_in_order(serve):
    server = serve(input="scene://duel?size=320x180&rate=20&seconds=2")
    with Page(server.url) as page:
        page.hear("welcome")
        assert page.hear("bye")["reason"] == "The input has ended."
        assert page.closed() == (1001, "The input has ended.")
    assert server.finished()


def test_an_input_that_cannot_be_opened_is_named_before_anything_is_served(serve):
    with pytest.raises(SourceError, match="nowhere"):
        serve(input="nowhere.mp4")
    with pytest.raises(UsageError, match="unicorn"):
        serve(swap=["person=unicorn"])


def test_the_password_of_the_input_is_never_told(serve):
    with Page(serve(input="rtsp://user:s3cret@127.0.0.1:9/live").url) as page:
        assert page.hear("welcome")["input"] == "rtsp://***@127.0.0.1:9/live"
        page.hear("state")
        page.picture()  # a notice: the camera is away
        assert "s3cret" not in repr(page.said)
