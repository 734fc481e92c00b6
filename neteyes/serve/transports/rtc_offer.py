"""Check a WebRTC offer, and leave out of it the lines that are not needed, such as host names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aiortc.sdp import MediaDescription, SessionDescription

from engines.errors import UsageError

Codec = Literal["VP8", "H264"]

LONGEST = 64 * 1024
"""Characters of an offer; a browser's have about 8000."""

MOST_LINES = 1000
"""Lines of an offer; a browser's have about 250. Parsing takes time by the square of some of them."""

MOST_CANDIDATES = 16
"""Addresses that an offer may name. Each gets a few STUN packets from here, so they are few."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Hold an offer that was checked: one video, and at most one sound, which is not taken.

    Attributes:
        sdp: the offer without names and ends of candidates.
        codec: the video codec to use.
        sound: whether it has a line for sound, which the answer must turn off.
        sends: whether its sender wants to send video.
        receives: whether its sender wants to receive video.
    """

    sdp: str
    codec: Codec
    sound: bool
    sends: bool
    receives: bool


def read_offer(sdp: str) -> Offer:
    """Check an offer and choose the codec: VP8, which costs a processor less, else H.264.

    Candidates named by `.local` are left out: looking them up would ask the whole network, and takes seconds.
    So is the end of candidates: the sender's own checks tell where it is, and come after the offer.

    Args:
        sdp: an offer with all its candidates, as a browser, OBS or a player makes it.

    Raises:
        UsageError: it is too long, it is no SDP, or it has not exactly one video that can be used.
    """
    if len(sdp) > LONGEST:
        raise UsageError(
            f"The offer has {len(sdp)} characters; {LONGEST} are the most. Send one video and no more."
        )
    lines = sdp.splitlines()
    if len(lines) > MOST_LINES:
        raise UsageError(
            f"The offer has {len(lines)} lines; {MOST_LINES} are the most. Send one video and no more."
        )
    cleaned = _without_names(lines)
    try:
        offer = SessionDescription.parse(cleaned)
    except Exception as error:  # aiortc's parser raises whatever its steps raise
        raise UsageError("The offer is no SDP that can be read. Send it as the browser made it.") from error
    video = _the_video(offer.media)
    return Offer(
        cleaned,
        _codec(video),
        sound=any(media.kind == "audio" for media in offer.media),
        sends=video.direction in ("sendrecv", "sendonly", None),
        receives=video.direction in ("sendrecv", "recvonly", None),
    )


def _without_names(lines: list[str]) -> str:
    kept: list[str] = []
    candidates = 0
    for line in lines:
        if line.startswith("a=end-of-candidates"):
            continue
        if line.startswith("a=candidate:"):
            fields = line.split()
            candidates += 1
            if candidates > MOST_CANDIDATES or len(fields) < 8 or fields[4].endswith(".local"):
                continue
            if fields[2].lower() != "udp":
                continue
        kept.append(line)
    return "\r\n".join(kept) + "\r\n"


def _the_video(media: list[MediaDescription]) -> MediaDescription:
    kinds = [one.kind for one in media]
    videos = [one for one in media if one.kind == "video"]
    if not videos:
        has = ", ".join(sorted(set(kinds))) or "nothing"
        raise UsageError(
            f"The offer has no video (it has: {has}). Add a camera's track, or ask to receive one."
        )
    if len(videos) > 1 or kinds.count("audio") > 1 or set(kinds) - {"video", "audio"}:
        raise UsageError(
            f"The offer has {len(kinds)} parts ({', '.join(sorted(set(kinds)))}); one video is taken, "
            "and beside it at most one sound. Leave out the others, data channels too."
        )
    for one in media:
        if not one.ice or not one.ice.usernameFragment or not one.ice.password:
            raise UsageError("The offer has no ice-ufrag or ice-pwd. Send it as the browser made it.")
        if not one.dtls or not one.dtls.fingerprints:
            raise UsageError("The offer has no fingerprint or setup line. Send it as the browser made it.")
    return videos[0]


def _codec(video: MediaDescription) -> Codec:
    offered = {codec.mimeType.lower() for codec in video.rtp.codecs}
    if "video/vp8" in offered:
        return "VP8"
    if "video/h264" in offered:
        return "H264"
    names = ", ".join(sorted(name.removeprefix("video/") for name in offered)) or "none"
    raise UsageError(
        f"The offer has no video codec that is known here (it has: {names}). Offer VP8 or H.264."
    )
