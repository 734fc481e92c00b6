"""Serve one page, from its `hello` until its WebSocket closes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from engines.errors import NetEyesError, UsageError
from neteyes.serve import messages as msg
from neteyes.serve.label_maps import labels_of
from neteyes.serve.message_rate import MessageRate
from neteyes.serve.outbox import PageOutbox, TooSlow
from neteyes.serve.service import Service, Stand
from neteyes.serve.transports.jpeg_frames import JpegFrames
from neteyes.serve.transports.rtc_frames import RtcFrames
from neteyes.serve.visitors import Full
from neteyes.serve.welcome import welcome
from stream.redact import words_of

log = logging.getLogger(__name__)

HELLO_SECONDS = 10.0
"""Seconds until the first message must have come."""

STATE_SECONDS = 1.0
"""Seconds between two states."""

MOST_TEXT = 64 * 1024
"""The longest text message that is read, in characters; an offer of WebRTC is the longest."""

GOING_AWAY, POLICY, INTERNAL, TOO_BUSY = 1001, 1008, 1011, 1013
"""Codes that close a WebSocket (RFC 6455, 7.4.1, and the registry of IANA)."""


class Ending(Exception):
    """End a visit from the server's side.

    Args:
        code: the code of the WebSocket's end.
        reason: words for the visitor.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class Visit:
    """Serve one page; everything runs on the server's loop, and nothing in it blocks.

    Args:
        socket: the page's WebSocket, not yet accepted.
        service: what all visits share.
        abort: cuts the connection at once, when nothing else ends it.
    """

    def __init__(self, socket: WebSocket, service: Service, abort: Callable[[], None]) -> None:
        self._socket, self._service, self._abort = socket, service, abort
        self._outbox = PageOutbox(socket)
        self._rate = MessageRate()
        self._hello: asyncio.Future[msg.Hello] = asyncio.get_running_loop().create_future()
        self._ended: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self._stand: Stand | None = None
        self._frames: JpegFrames | None = None
        self._rtc: RtcFrames | None = None

    def end(self, code: int, reason: str) -> None:
        """End the visit with a `bye`."""
        if not self._ended.done():
            self._ended.set_result(Ending(code, reason))

    async def run(self) -> None:
        """Serve the page until it leaves, or must."""
        await self._socket.accept()
        jobs = (self._read(), self._outbox.run(), self._stay(), self._until_ended())
        tasks = [asyncio.create_task(job) for job in jobs]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            if self._frames and self._rtc:
                await self._rtc.close()
                self._frames.stop()
            await asyncio.gather(*tasks, return_exceptions=True)
        errors = [error for task in done if (error := task.exception())]
        await self._say_bye(errors[0] if errors else None)

    async def _say_bye(self, error: BaseException | None) -> None:
        match error:
            case WebSocketDisconnect():
                return
            case TooSlow():
                self._abort()
                return
            case Ending():
                code, reason = error.code, error.reason
            case Full():
                code, reason = TOO_BUSY, str(error)
            case NetEyesError():
                code, reason = INTERNAL, words_of(error)
            case _:
                log.error(
                    "A visit ended by an error: %s", words_of(error) if error else "none", exc_info=error
                )
                code, reason = INTERNAL, "Something went wrong here. Load the page again."
        self._outbox.say(msg.Bye(reason))
        with suppress(TimeoutError, TooSlow, WebSocketDisconnect):
            async with asyncio.timeout(2):
                await self._outbox.flush()
                await self._socket.close(code, reason.encode()[:120].decode(errors="ignore"))
                return
        self._abort()

    async def _until_ended(self) -> None:
        raise await self._ended

    async def _stay(self) -> None:
        """Wait for `hello`, a seat and a mirror; then tell the state until the visit ends."""
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                hello = await self._hello
        except TimeoutError:
            raise Ending(POLICY, "No hello came. Load the page again.") from None
        async with self._service.visitors.seat(self._queued), self._service.stand() as stand:
            mirror = stand.mirror
            if stand.source is not None:  # a link must not change what others see
                try:
                    mirror.change(hello.controls)
                except NetEyesError as error:
                    self._outbox.say(msg.Error("hello", str(error)))
            self._frames = JpegFrames(mirror, stand.source, self._outbox, stand.encoder, self._service.pool)
            self._rtc = RtcFrames(stand.views, stand.source, self._frames, self._outbox, self._service.hub)
            self._stand = stand
            self._outbox.say(welcome(self._service, stand))
            self._frames.start()
            while mirror.runs:
                await asyncio.sleep(STATE_SECONDS)
                self._say_state(stand)
            raise mirror.error or Ending(GOING_AWAY, "The input has ended.")

    def _queued(self, place: int, of: int) -> None:
        self._outbox.say(msg.Queued(place, of))

    def _say_state(self, stand: Stand) -> None:
        mirror, rate = stand.mirror, stand.mirror.pipeline.meter.rate
        self._outbox.say(
            msg.State(
                fps=None if rate is None else round(rate, 1),
                age_ms=mirror.ages(),
                dropped=mirror.pipeline.dropped,
                controls=mirror.controls_now(),
                badges=list(mirror.last.badges) if mirror.last else [],
                visitors=self._service.visitors.inside,
                transport=self._rtc.transport if self._rtc else "jpeg",
            )
        )

    async def _read(self) -> None:
        """Read the page's messages until it leaves."""
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(message.get("code", 1006))
            if not self._rate.allows():
                raise Ending(POLICY, "Too many messages. Send fewer a second.")
            if (text := message.get("text")) is not None:
                self._hear(text)
            else:
                self._take(message["bytes"])

    def _take(self, data: bytes) -> None:
        if not self._hello.done():
            raise Ending(POLICY, "A frame came before hello. Say hello first.")
        if self._frames is None:
            self._outbox.say(msg.Error("frame", "Wait for welcome before you send frames."))
        elif self._stand and self._stand.source is None:
            self._outbox.say(msg.Error("frame", "All visitors see the same input here: send no frames."))
        else:
            self._frames.take(data)

    def _hear(self, text: str) -> None:
        about = ""
        try:
            if len(text) > MOST_TEXT:
                raise UsageError(f"A message has {MOST_TEXT} characters at most.")
            about = msg.type_of(text)
            self._answer(msg.decode(text))
        except msgspec.MsgspecError as error:
            self._outbox.say(msg.Error(about, f"The message is not understood: {error}."))
        except NetEyesError as error:
            self._outbox.say(msg.Error(about, str(error)))

    def _answer(self, message: msg.FromPage) -> None:
        """Carry out a message.

        Raises:
            NetEyesError: it is refused, and nothing was changed.
        """
        if isinstance(message, msg.Hello):
            if self._hello.done():
                raise UsageError("There was a hello already.")
            self._hello.set_result(message)
            return
        stand, frames, rtc = self._stand, self._frames, self._rtc
        if stand is None or frames is None or rtc is None:
            raise UsageError("Wait for welcome first.")
        match message:
            case msg.Set():
                stand.mirror.change(message)
                self._say_state(stand)
            case msg.At():
                self._outbox.say(msg.LabelsAt(message.id, *stand.mirror.label_at(message.x, message.y)))
            case msg.Relabel():
                stand.mirror.relabel(message.colour, message.label)
                self._say_state(stand)
            case msg.GetPalette():
                self._outbox.say(msg.PaletteText(message.id, stand.mirror.palette_text()))
            case msg.GetLabels():
                self._outbox.say(labels_of(message.id, stand))
            case msg.Pause():
                rtc.paused = message.paused
            case msg.SeenFrame():
                frames.seen()
            case msg.UseTransport():
                rtc.give_up()
            case msg.OfferWebRtc():
                rtc.offer(message.sdp)
