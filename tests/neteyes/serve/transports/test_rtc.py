"""WebRTC from the page's side: real peers on loopback see themselves painted, and nobody else."""

import asyncio
import base64
import re
import time

import cv2
import numpy as np
import pytest

from neteyes.serve.server import MirrorServer
from neteyes.serve.transports import rtc
from stream.scenes import mark
from stream.views.label_colours import palette
from stream.views.layers import GUTTER
from tests.fixtures.page import Page
from tests.fixtures.rtc_peers import Peer, RtcPage


def marked(duel, first):
    """Return a camera whose frames carry marks from `first` on."""
    pictures = [cv2.resize(duel.at(frame).image, (320, 320)) for frame in range(0, 60, 4)]

    def draw(number):
        image = pictures[number % len(pictures)].copy()
        mark.draw(image, first + number)
        return image

    return draw


def still(duel):
    """Return a camera that sends one frame, again and again."""
    image = cv2.resize(duel.at(10).image, (256, 256))
    return lambda number: image


def left(view):
    """Return the mark in the camera's part of a triptych."""
    return mark.read(view[:, : (view.shape[1] - 2 * GUTTER) // 3])


def test_a_camera_comes_back_painted_with_its_labels_colours(mirror: MirrorServer, duel):
    async def main():
        async with RtcPage(mirror.url, Peer(still(duel)), view="labels", steadiness=0.0) as page:
            assert (await page.hear("state", lambda state: state["transport"] == "webrtc"))["visitors"] == 1
            await page.hear("state", lambda state: (state["fps"] or 0) > 3)
            view = await page.peer.view()
            await page.say("labels", id=1)
            labels = await page.hear("labels")
        return view, labels

    view, labels = asyncio.run(main())
    png = np.frombuffer(base64.b64decode(labels["painted"]), np.uint8)
    painted = cv2.resize(
        cv2.imdecode(png, cv2.IMREAD_UNCHANGED), view.shape[1::-1], interpolation=cv2.INTER_NEAREST
    )
    colours = palette(mirror.service.bundle.card.synthesize.space)[painted]
    inside = cv2.erode((cv2.Laplacian(painted, cv2.CV_16S) == 0).astype(np.uint8), np.ones((9, 9))) > 0
    near = np.abs(view.astype(int) - colours).max(2) < 40
    assert inside.mean() > 0.3 and near[inside].mean() > 0.85, "but for the names that stand on it"


def test_a_camera_that_only_has_h264_is_served(mirror: MirrorServer, duel):
    async def main():
        async with RtcPage(mirror.url, Peer(marked(duel, 500), codec="H264"), view="triptych") as page:
            view = await page.peer.view_that(lambda view: left(view) is not None)
            assert "H264" in page.peer.connection.remoteDescription.sdp
            return left(view)

    assert asyncio.run(main()) >= 500


def test_two_visitors_at_once_see_themselves_and_never_each_other(mirror: MirrorServer, duel):
    async def visit(first):
        async with RtcPage(mirror.url, Peer(marked(duel, first)), view="triptych") as page:
            return [left(await page.peer.view()) for _ in range(16)]

    async def main():
        return await asyncio.gather(visit(100_000), visit(900_000))

    one, other = asyncio.run(main())
    for seen, first in ((one, 100_000), (other, 900_000)):
        marks = [number for number in seen if number is not None]
        assert len(marks) > 12
        assert all(first <= number < first + 10_000 for number in marks)
        assert marks == sorted(marks), "and never an older one"


def test_a_view_of_another_size_comes_without_a_stall(mirror: MirrorServer, duel):
    async def main():
        async with RtcPage(mirror.url, Peer(marked(duel, 1)), view="picture") as page:
            picture = await page.peer.view()
            await page.say("set", view="triptych")
            begun = time.monotonic()
            triptych = await page.peer.view_that(lambda view: view.shape[1] > 2 * picture.shape[1])
            await page.say("set", view="picture")
            again = await page.peer.view_that(lambda view: view.shape == picture.shape)
            return triptych, again, time.monotonic() - begun

    triptych, again, seconds = asyncio.run(main())
    assert triptych.shape[0] == again.shape[0]
    assert seconds < 5


def test_a_shared_input_is_encoded_once_and_who_comes_late_sees_it_soon(serve):
    server = serve(input="scene://duel")

    async def main():
        async with RtcPage(server.url, Peer()) as first:
            await first.peer.view()
            views = server.service._shared.views._of["VP8"]
            async with RtcPage(server.url, Peer()) as late:
                begun = time.monotonic()
                await late.peer.view()
                waited = time.monotonic() - begun
                assert views.viewers == 2
                before, shown = views.encoded, 0
                while shown < 10:
                    await asyncio.gather(first.peer.view(), late.peer.view())
                    shown += 1
                assert views.encoded - before < 18, "each frame once, not once a viewer"
        return waited

    assert asyncio.run(main()) < 3


def test_a_hidden_tab_gets_nothing_and_comes_back(mirror: MirrorServer, duel):
    async def main():
        async with RtcPage(mirror.url, Peer(marked(duel, 1)), view="triptych") as page:
            await page.peer.view()
            await page.say("pause", paused=True)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(5):
                    while True:  # what was on its way comes, and then nothing
                        await asyncio.wait_for(page.peer.view(), 0.7)
            await page.say("pause", paused=False)
            await page.peer.view_that(lambda view: left(view) is not None)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("offer", "words"),
    [
        ("v=0", "has no video"),
        ("not an offer", "offer"),
        ("v=0\r\n" + "a=x\r\n" * 9000, "lines"),
    ],
    ids=["no video", "no description", "much of nothing"],
)
def test_a_bad_offer_gets_words_and_the_visit_goes_on(mirror: MirrorServer, duel, offer, words):
    with Page(mirror.url) as page:
        page.hear("welcome")
        page.say("offer", sdp=offer)
        said = page.hear("error")
        assert said["about"] == "offer" and re.search(words, said["message"])
        assert page.answer(duel.at(10).image).shape[0] == 192
    assert mirror.service.hub.peers == 0


def test_an_offer_of_megabytes_ends_nothing_but_its_own_visit(mirror: MirrorServer, duel):
    with Page(mirror.url) as other, Page(mirror.url) as page:
        other.hear("welcome")
        page.hear("welcome")
        page.say("offer", sdp="a=x\r\n" * 500_000)
        assert "characters at most" in page.hear("error")["message"]
        assert other.answer(duel.at(10).image).shape[0] == 192


def test_where_udp_does_not_get_through_the_peer_is_dropped_and_jpegs_go_on(
    mirror: MirrorServer, duel, monkeypatch
):
    monkeypatch.setattr(rtc, "CONNECT_SECONDS", 1.0)

    async def offer():
        async with Peer(still(duel)) as peer:
            return re.sub(r"a=candidate.*\r\n", "", peer.offer)

    with Page(mirror.url) as page:
        page.hear("welcome")
        page.say("offer", sdp=asyncio.run(offer()))
        page.hear("answer")  # and nothing comes after it
        assert page.answer(duel.at(10).image).shape[0] == 192
        assert "UDP" in page.hear("error")["message"]
        assert page.hear("state")["transport"] == "jpeg"
        assert mirror.service.hub.peers == 0


def test_there_are_only_so_many_peers(serve, duel):
    server = serve()
    server.service.hub._most = 1

    async def main():
        async with RtcPage(server.url, Peer(still(duel))) as page:
            await page.peer.view()
            with Page(server.url) as other:
                other.hear("welcome")
                async with Peer(still(duel)) as peer:
                    other.say("offer", sdp=peer.offer)
                    assert "Close one" in (await asyncio.to_thread(other.hear, "error"))["message"]
            await page.peer.view()

    asyncio.run(main())


def test_tabs_that_are_closed_hard_leave_neither_peers_nor_seats(mirror: MirrorServer, duel):
    async def once(frames):
        page = RtcPage(mirror.url, Peer(still(duel)))
        await page.__aenter__()
        for _ in range(frames):
            await page.peer.view()
        page.socket.transport.abort()
        await page.peer.connection.close()

    async def main():
        async with asyncio.timeout(30):
            await asyncio.gather(once(1), once(0))
            while mirror.service.visitors.inside or mirror.service.hub.peers:
                await asyncio.sleep(0.02)

    asyncio.run(main())
