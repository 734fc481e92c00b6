"""Read a network stream packet by packet: every wait has a timeout, and no damaged frame passes as whole."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import av
import av.container
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from engines.errors import SourceError
from stream.sources.audio import AudioAligner
from stream.sources.demux import read_only
from stream.sources.reconnect.status import FeedTally

LONGEST = 2.4
"""Seconds that one read may take at most, so that `stop` is checked in between."""

UNDECODED = 20.0
"""Seconds of packets without one picture that are tolerated: more than any camera's key frame interval."""


def patience(timeout: float, cuts: int) -> float:
    """Return how many seconds one read may take.

    Args:
        timeout: seconds of silence that are tolerated.
        cuts: number of reads in a row that may time out before reading ends.
    """
    return min(LONGEST, timeout / (cuts + 1.2))


def spot_damage(context: VideoCodecContext) -> None:
    """Let the decoder flag damaged frames, instead of showing what it invented for the missing parts."""
    if context.name == "mjpeg":
        context.options = {"err_detect": "explode"}  # half a picture would be grey below, and not flagged
    # With several threads FFmpeg's H.264 decoder neither conceals missing parts nor flags them.
    context.thread_count = 1


class Reader:
    """Read one open connection to its end.

    Args:
        container: the connection, opened with a read timeout of `patience`.
        video: its stream of frames.
        audio: puts its sound on the timeline; None to read no sound.
        name: its name in error messages, without secrets.
        tally: counts the bytes that come in, and the damaged frames.
        timeout: seconds without video after which `frames` raises.
        cuts: as in `patience`.
    """

    def __init__(
        self,
        container: av.container.InputContainer,
        video: VideoStream,
        audio: AudioAligner | None,
        *,
        name: str,
        tally: FeedTally,
        timeout: float,
        cuts: int,
    ) -> None:
        self._container, self._video, self._audio = container, video, audio
        self._name, self._tally = name, tally
        self._timeout, self._cuts = timeout, cuts
        self._patience = patience(timeout, cuts)

    def frames(self, stop: threading.Event) -> Iterator[av.VideoFrame]:
        """Yield the undamaged frames, and pass on the sound between them, until the end or `stop`.

        Raises:
            SourceError: no video came for too long, or the video cannot be decoded.
        """
        audio = self._audio
        seen, begun = time.monotonic(), False
        for packet in self._packets(stop):
            if audio and packet.stream is audio.stream:
                audio.take(packet)
                continue
            try:
                decoded = packet.decode()
            except av.FFmpegError:
                decoded = []
                self._tally.lost(begun)  # before the first key frame, nothing is lost
            whole = [frame for frame in decoded if not frame.is_corrupt]
            self._tally.lost(len(decoded) - len(whole))
            if not whole and time.monotonic() - seen > UNDECODED:
                raise SourceError(
                    f"{self._name} sends, but nothing that can be decoded for {UNDECODED:.0f} s. Set the "
                    "camera to H.264 with a key frame every few seconds.",
                    "damaged",
                )
            if whole:
                yield from whole
                seen, begun = time.monotonic(), True

    def _packets(self, stop: threading.Event) -> Iterator["av.Packet[Any]"]:
        silent, packets = 0.0, self._demux()
        while not stop.is_set():
            began, packet = time.monotonic(), None
            try:
                packet = next(packets, None)
                if packet is None:
                    return
            except (av.error.ExitError, av.error.TimeoutError, av.error.BlockingIOError):
                packets = self._demux()
            except av.FFmpegError:
                return  # to the user, a broken connection is the same as a closed one
            waited = time.monotonic() - began
            # After a read that timed out, FFmpeg returns what it still had: that is not new data.
            heard = packet is not None and packet.stream is self._video and waited < self._patience
            silent = 0.0 if heard else silent + waited
            if silent > (self._timeout if packet is not None else (self._cuts + 0.5) * self._patience):
                raise SourceError(
                    f"{self._name} stopped sending: nothing for {silent:.1f} s. Check the camera and the "
                    "network.",
                    "timeout",
                )
            if packet is not None:
                self._tally.received(packet.size)
                yield packet

    def _demux(self) -> Iterator["av.Packet[Any]"]:
        return read_only(self._container, self._video, self._audio.stream if self._audio else None)
