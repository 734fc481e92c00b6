"""An offer is bounded, read and cleaned before anything is opened for it."""

import asyncio
import time

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection

from engines.errors import UsageError
from neteyes.serve.transports.rtc_offer import LONGEST, MOST_CANDIDATES, read_offer


def offered(*kinds: str, channel: bool = False, direction: str = "sendrecv") -> str:
    """Return a real offer with lines of these kinds."""

    async def make() -> str:
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        for kind in kinds:
            peer.addTransceiver(kind, direction=direction)
        if channel:
            peer.createDataChannel("words")
        await peer.setLocalDescription(await peer.createOffer())
        sdp = peer.localDescription.sdp
        await peer.close()
        return sdp

    return asyncio.run(make())


def without(sdp: str, *beginnings: str) -> str:
    """Return a description without the lines that begin so."""
    return "".join(line for line in sdp.splitlines(True) if not line.startswith(beginnings))


@pytest.fixture(scope="module")
def video() -> str:
    return offered("video")


def test_a_camera_is_offered_and_watched_in_vp8(video):
    offer = read_offer(video)
    assert (offer.codec, offer.sound, offer.sends, offer.receives) == ("VP8", False, True, True)


def test_what_has_only_h264_gets_h264(video):
    plain = video.replace("VP8/90000", "VP9/90000")
    assert read_offer(plain).codec == "H264"


def test_directions_are_told(video):
    watches = read_offer(video.replace("a=sendrecv", "a=recvonly"))
    sends = read_offer(video.replace("a=sendrecv", "a=sendonly"))
    assert (watches.sends, watches.receives) == (False, True)
    assert (sends.sends, sends.receives) == (True, False)


def test_sound_beside_the_video_is_seen(video):
    assert read_offer(offered("audio", "video")).sound


@pytest.mark.parametrize(
    ("kinds", "channel", "words"),
    [
        (("audio",), False, "has no video"),
        ((), True, "has no video"),
        (("video", "video"), False, "has 2 parts"),
        (("video",) * 10 + ("audio",) * 10, False, "has 20 parts"),
        (("video",), True, "data channels too"),
    ],
    ids=["only sound", "only data", "two videos", "twenty parts", "video and data"],
)
def test_anything_but_one_video_is_refused_in_words(kinds, channel, words):
    with pytest.raises(UsageError, match=words):
        read_offer(offered(*kinds, channel=channel))


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "hello",
        "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 300\r\n",
        "v=0\r\nm=video x y z\r\n",
        "v=0\r\na=group:BUNDLE\r\n",
        "\x00" * 1000,
        "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=fmtp:97 x=1\r\n",
        "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=candidate:1\r\n",
    ],
)
def test_what_is_no_description_is_refused_in_words(broken):
    with pytest.raises(UsageError, match="offer"):
        read_offer(broken)


@pytest.mark.parametrize(
    "missing", ["a=ice-ufrag", "a=ice-pwd", "a=fingerprint", "a=setup", ("a=rtpmap", "a=fmtp")]
)
def test_a_description_without_a_part_that_is_needed_is_refused(video, missing):
    lines = (missing,) if isinstance(missing, str) else missing
    with pytest.raises(UsageError, match="The offer has no"):
        read_offer(without(video, *lines))


def test_megabytes_are_refused_before_they_are_read(video):
    before = time.process_time()
    with pytest.raises(UsageError, match=f"{LONGEST} are the most"):
        read_offer(video + "a=x\r\n" * 1_000_000)
    with pytest.raises(UsageError, match="lines"):
        read_offer(video + "a=x\r\n" * 2000)
    assert time.process_time() - before < 1


def test_names_on_the_network_are_not_looked_up_and_addresses_are_few(video):
    line = "a=candidate:{0} 1 udp 2130706431 {1} 5000 typ host\r\n"
    names = line.format(1, "0b5d1b9e-2f0a-4a1c-9e58-5a2b6c9d9f10.local") * 3
    many = "".join(line.format(place, f"203.0.113.{place}") for place in range(100))
    tcp = "a=candidate:1 1 tcp 2130706431 203.0.113.1 9 typ host tcptype active\r\n"
    cleaned = read_offer(without(video, "a=candidate") + names + tcp + many).sdp
    kept = [one for one in cleaned.splitlines() if one.startswith("a=candidate")]
    assert len(kept) == MOST_CANDIDATES - 4
    assert ".local" not in cleaned and " tcp " not in cleaned and "end-of-candidates" not in cleaned
