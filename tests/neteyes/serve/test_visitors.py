"""Several visitors: none sees another's frames, each gets a fair share, and none leaves anything behind."""

import re
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.request import urlopen

import cv2
import numpy as np
import psutil
import pytest

from neteyes.serve.server import MirrorServer
from stream.frame import Image
from tests.fixtures.page import Page

VIEW_PANEL = slice(20, 300)
"""Columns of the camera's panel in a triptych of 192 rows, without its rims."""


def marked(colour: tuple[int, int, int], number: int) -> Image:
    """Return a frame of one visitor's colour with a pattern that differs from frame to frame."""
    image = np.full((180, 320, 3), colour, np.uint8)
    cv2.putText(image, str(number), (40 + number % 200, 100), cv2.FONT_HERSHEY_PLAIN, 4, (0, 0, 0), 4)
    return image


def colours_in(view: Image) -> tuple[bool, bool]:
    """Return whether there is any red, and any blue, in the camera's panel."""
    panel = view[:, VIEW_PANEL].astype(int)
    blue, red = panel[..., 0] - panel[..., 2], panel[..., 2] - panel[..., 0]
    return bool((red > 60).any()), bool((blue > 60).any())


def flood(page: Page, colour: tuple[int, int, int], pictures: int) -> list[tuple[bool, bool]]:
    """Send frames as fast as they are answered, and faster; return the colours that came back."""
    page.say("set", view="triptych")
    page.hear("state")
    found, number = [], 0
    while len(found) < pictures:
        for _ in range(1 + number % 3):  # now and then more than one in flight
            number += 1
            page.send(marked(colour, number), number)
        found.append(colours_in(page.picture()[2]))
        if number % 20 == 0:
            page.say("pause", paused=True)
            page.say("pause", paused=False)
    return found


def test_no_pixel_of_one_visitor_comes_to_another(mirror: MirrorServer):
    with Page(mirror.url) as red, Page(mirror.url) as blue, ThreadPoolExecutor(2) as both:
        red.hear("welcome")
        blue.hear("welcome")
        reds = both.submit(flood, red, (0, 0, 255), 25)
        blues = both.submit(flood, blue, (255, 0, 0), 25)
        assert set(reds.result()) == {(True, False)}
        assert set(blues.result()) == {(False, True)}


def test_labels_and_swaps_of_one_visitor_do_not_reach_another(mirror, duel):
    with Page(mirror.url) as one, Page(mirror.url) as other:
        one.hear("welcome")
        other.hear("welcome")
        one.say("set", swaps={"person": "bear"}, view="labels", steadiness=0, frozen=True)
        one.hear("state")
        other.say("set", mirror=False)
        assert other.hear("state")["controls"] == {
            "view": "picture",
            "steadiness": 0.7,
            "swaps": {},
            "mirror": False,
            "frozen": False,
        }
        one.answer(duel.at(0).image)
        other.say("labels", id=1)
        assert "no frame" in other.hear("error")["message"], "it sent none, so it gets none"


def test_of_four_visitors_each_gets_the_same_share_and_no_old_frames(mirror, duel):
    frames = [cv2.imencode(".jpg", duel.at(index).image)[1].tobytes() for index in range(10)]

    def look(page: Page) -> tuple[int, int]:
        count, oldest, until = 0, 0, time.monotonic() + 4
        while time.monotonic() < until:
            page.send(frames[count % 10])
            oldest = max(oldest, page.picture()[1])
            count += 1
        return count, oldest

    pages = [Page(mirror.url) for _ in range(4)]
    with ThreadPoolExecutor(4) as all_of_them:
        for page in pages:
            page.hear("welcome")
        seen = list(all_of_them.map(look, pages))
    for page in pages:
        page.__exit__()
    counts = [count for count, _ in seen]
    assert min(counts) > 4 and min(counts) >= 0.75 * max(counts), counts
    assert max(oldest for _, oldest in seen) < 2000, seen


def test_one_more_waits_with_its_place_until_a_seat_is_free(serve):
    server = serve(visitors=1)
    with Page(server.url) as first:
        first.hear("welcome")
        with Page(server.url) as second, Page(server.url) as third:
            assert second.hear("queued")["place"] == 1
            assert third.hear("queued") == {"type": "queued", "place": 2, "of": 2}
            third.say("set", view="labels")
            assert "welcome" in third.hear("error")["message"]
            first.__exit__()
            second.hear("welcome")
            assert third.hear("queued")["place"] == 1
        with Page(server.url) as fourth:
            fourth.hear("welcome")


def test_those_who_leave_the_queue_free_their_place(serve):
    server = serve(visitors=1)
    with Page(server.url) as first:
        first.hear("welcome")
        with Page(server.url) as second:
            second.hear("queued")
            with Page(server.url) as third:
                assert third.hear("queued")["place"] == 2
                second.__exit__()
                assert third.hear("queued")["place"] == 1


def cut(page: Page) -> None:
    """Cut the connection with a reset, as a killed browser does."""
    raw = page.socket.socket
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raw.shutdown(socket.SHUT_RD)  # wakes the client's own thread, which closes the socket
    page.socket.recv_events_thread.join()


@pytest.mark.alone
def test_fifty_visitors_who_vanish_leave_nothing(start, duel, wait_for, tmp_path):
    log = tmp_path / "log"
    process = psutil.Process(
        start("serve", "--listen", "127.0.0.1:0", "--height", 192, "--size", "352x192", log=log).pid
    )
    wait_for(lambda: "http://" in log.read_text())
    url = re.search(r"http://127.0.0.1:\d+/", log.read_text())[0]
    jpeg = cv2.imencode(".jpg", duel.at(0).image)[1].tobytes()

    def vanish(times: int) -> None:
        for _ in range(times):
            page = Page(url)
            page.hear("welcome")
            page.answer(jpeg)
            cut(page)
        wait_for(lambda: " 0 visitors" in urlopen(url + "healthz").read().decode(), 10)

    vanish(25)  # the allocator has its arenas
    before = process.num_fds(), process.num_threads()

    def grown() -> int:
        size = process.memory_info().rss
        vanish(50)
        return process.memory_info().rss - size

    # The allocator takes memory in steps, now and then; a leak would take it each time.
    assert any(grown() <= 2 * 2**20 for _ in range(2))
    wait_for(lambda: process.num_fds() <= before[0], 10)
    assert process.num_threads() <= before[1] + 3, "pools may still have grown to their size"
