"""Programs publish a camera by WHIP and watch it painted by WHEP; each step as the standards say."""

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import asynccontextmanager

import cv2
import httpx
import pytest

from neteyes.serve.serve_options import ServeOptions
from neteyes.serve.server import MirrorServer
from tests.fixtures.rtc_peers import Peer

TOKEN = "t0ken-of-the-stage"
SDP = {"content-type": "application/sdp"}


def still(duel):
    image = cv2.resize(duel.at(10).image, (256, 256))
    return lambda number: image


@pytest.fixture(scope="module")
def stage():
    """A server to publish to, with a token."""
    with MirrorServer(ServeOptions(listen="127.0.0.1:0", height=192, visitors=1, token=TOKEN)) as server:
        yield server


def client(server, token=TOKEN):
    return httpx.AsyncClient(
        base_url=server.url, headers={"authorization": f"Bearer {token}"} if token else {}, timeout=20
    )


@asynccontextmanager
async def session(http: httpx.AsyncClient, path: str, peer: Peer):
    """Begin a session by WHIP or WHEP, and end it by DELETE."""
    async with peer:
        answer = await http.post(path, content=peer.offer, headers=SDP)
        assert answer.status_code == 201, answer.text
        assert answer.headers["content-type"] == "application/sdp"
        await peer.take(answer.text)
        address = answer.headers["location"]
        yield address
        assert (await http.delete(address)).status_code == 200
        assert (await http.delete(address)).status_code == 404, "it has ended"


async def gone(server: MirrorServer) -> None:
    async with asyncio.timeout(10):
        while server.service.hub.peers or server.service.visitors.inside:
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("codec", ["VP8", "H264"])
def test_a_published_camera_is_watched_painted_by_its_name(stage, duel, codec):
    async def main():
        async with (
            client(stage) as http,
            Peer(codec=codec) as player,
            Peer(codec=codec) as late,
            session(http, "/whip/stage", Peer(still(duel), watches=False, codec=codec)) as address,
        ):
            assert address.startswith("/whip/stage/")
            for peer in (player, late):
                answer = await http.post("/whep/stage", content=peer.offer, headers=SDP)
                assert answer.headers["location"].startswith("/whep/stage/")
                await peer.take(answer.text)
                view = await peer.view()
            assert view.shape[0] == 192
            assert cv2.cvtColor(view, cv2.COLOR_BGR2GRAY).std() > 10, "a painting"
            assert (await http.delete(answer.headers["location"])).status_code == 200
            await player.view()  # and the other goes on
        await gone(stage)

    asyncio.run(main())


def test_players_end_with_what_they_watch(stage, duel):
    async def main():
        async with client(stage) as http, Peer() as player:
            async with session(http, "/whip", Peer(still(duel), watches=False)):
                await player.take((await http.post("/whep", content=player.offer, headers=SDP)).text)
                await player.view()
            await gone(stage)

    asyncio.run(main())


def test_what_is_not_as_the_standard_says_gets_its_status_and_words(stage, duel):
    async def main():
        async with client(stage) as http, Peer(still(duel), watches=False) as peer:

            async def refused(status, words, path="/whip", content=peer.offer, headers=SDP):
                answer = await http.post(path, content=content, headers=headers)
                assert answer.status_code == status and words in answer.text, (
                    answer.status_code,
                    answer.text,
                )
                return answer

            await refused(415, "application/sdp", headers={"content-type": "text/plain"})
            await refused(400, "offer", content="hello")
            await refused(400, "only received", content=peer.offer.replace("a=sendonly", "a=recvonly"))
            await refused(400, "letters", path="/whip/a%20b")
            await refused(404, "publish to /whip first", path="/whep")
            await refused(404, "Nothing is published as 'x'", path="/whep/x")
            too_long = await http.post("/whip", content=b"a=x\r\n" * 14_000, headers=SDP)
            assert too_long.status_code == 413
            async with session(http, "/whip/one", Peer(still(duel), watches=False)) as address:
                await refused(409, "already", path="/whip/one")
                assert "retry-after" in (await refused(503, "--visitors", path="/whip/two")).headers
                patched = await http.patch(
                    address, content="", headers={"content-type": "application/trickle-ice-sdpfrag"}
                )
                assert patched.status_code == 405 and patched.headers["allow"] == "DELETE"
                for method in ("GET", "PUT", "POST"):
                    assert (await http.request(method, address)).status_code == 405
                assert (await http.delete(address + "x")).status_code == 404, "nobody guesses it"
        await gone(stage)

    asyncio.run(main())


def test_nobody_publishes_or_watches_without_the_token(stage, duel):
    async def main():
        async with Peer(still(duel), watches=False) as peer:
            for token in (None, "guess"):
                async with client(stage, token) as http:
                    for path in ("/whip", "/whep", "/whip/x"):
                        answer = await http.post(path, content=peer.offer, headers=SDP)
                        assert answer.status_code in (401, 403, 429)
            async with client(stage) as http:
                foreign = await http.post(
                    "/whip", content=peer.offer, headers={**SDP, "origin": "http://elsewhere.example"}
                )
                assert foreign.status_code == 403
        assert stage.service.hub.peers == 0

    asyncio.run(main())


def test_a_shared_input_is_watched_and_nothing_is_published_beside_it(
    serve: Callable[..., MirrorServer], duel
):
    server = serve(input="scene://duel", token=TOKEN)

    async def main():
        async with client(server) as http:
            async with Peer() as player:
                await player.take((await http.post("/whep", content=player.offer, headers=SDP)).text)
                assert (await player.view()).shape[0] == 192
            async with Peer(still(duel), watches=False) as peer:
                answer = await http.post("/whip", content=peer.offer, headers=SDP)
                assert answer.status_code == 409 and "without an input" in answer.text
        await gone(server)

    asyncio.run(main())


def test_the_server_ends_in_order_while_a_camera_is_published_and_watched(duel):
    async def main():
        with MirrorServer(ServeOptions(listen="127.0.0.1:0", height=192, token=TOKEN)) as server:
            async with client(server) as http, Peer(still(duel), watches=False) as camera, Peer() as player:
                await camera.take((await http.post("/whip", content=camera.offer, headers=SDP)).text)
                await player.take((await http.post("/whep", content=player.offer, headers=SDP)).text)
                await player.view()
                begun = time.monotonic()
                await asyncio.to_thread(server.__exit__, None, None, None)
                assert time.monotonic() - begun < 6
                assert server.service.hub.peers == 0 and server.service.visitors.inside == 0
        async with asyncio.timeout(5):
            while ours() != before:
                await asyncio.sleep(0.02)

    def ours():
        names = (thread.name for thread in threading.enumerate())
        return sorted(name for name in names if not name.startswith(("asyncio", "visits")))

    before = ours()
    asyncio.run(main())
