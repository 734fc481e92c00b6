"""Hold the bundle, nets and seats that all visits share, and with an input its one mirror."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass

from engines.bundle import open_bundle
from engines.sizes import parse_size
from neteyes.serve.mirror import Mirror
from neteyes.serve.serve_options import ServeOptions
from neteyes.serve.shared_nets import SharedNets
from neteyes.serve.totals import Totals
from neteyes.serve.transports.jpeg_frames import JpegEncoder
from neteyes.serve.transports.rtc_broadcast import Broadcasts
from neteyes.serve.transports.rtc_hub import RtcHub
from neteyes.serve.visitor_source import VisitorSource
from neteyes.serve.visitors import Visitors
from stream.fit import default_fit
from stream.sources import Asked, open_feed
from stream.sources.reconnect.feed import Feed
from stream.sources.reconnect.status import Status
from stream.uri import Uri, parse

SPARE_PEERS = 8
"""WebRTC peers beyond two for each seat: those that watch by WHEP, and those that are being closed."""


@dataclass(eq=False)
class Stand:
    """Hold the mirror of one visit, its own or the shared one.

    Attributes:
        mirror: the loop.
        source: takes the visitor's frames; None with a shared input.
        encoder: encodes each frame of the mirror once.
        views: the mirror's views as video, encoded once for all who watch.
    """

    mirror: Mirror
    source: VisitorSource | None
    encoder: JpegEncoder
    views: Broadcasts


class Service:
    """Open the nets, and with an input its mirror; give each visit its mirror.

    Args:
        options: the options of the command.
        host: the address that the page is served on.

    Attributes:
        options: the same.
        bundle: the nets' bundle.
        input: the shared input; None if each visitor brings a camera.
        visitors: the seats.
        pool: threads for JPEGs.
        feeds: the state of the shared input, if it is live and reconnects.
        totals: what was counted in all mirrors.
        hub: what all WebRTC peers share.

    Raises:
        NetEyesError: an option is invalid, or the nets or the input cannot be opened.
    """

    def __init__(self, options: ServeOptions, host: str = "127.0.0.1") -> None:
        self.options = options
        bundle = open_bundle(options.bundle, options.engines)
        self.bundle = bundle.at(parse_size(options.size)) if options.size else bundle
        self.input: Uri | None = parse(options.input) if options.input else None
        self._nets = SharedNets(self.bundle, backend=options.backend, threads=options.threads)
        self.visitors = Visitors(options.visitors)
        self.pool = ThreadPoolExecutor(2, thread_name_prefix="jpegs")
        self._openings = ThreadPoolExecutor(4, thread_name_prefix="mirrors")
        self.feeds: tuple[Status, ...] = ()
        self.totals = Totals()
        self.hub = RtcHub(host=host, most=2 * options.visitors + SPARE_PEERS, stun=options.stun)
        self._shared: Stand | None = None
        if self.input:
            self._shared = self._open_shared(self.input)
        else:  # the nets are opened and their runtime is known before the first visitor comes
            self._close(self._open())
            self._openings.submit(self._nets.open_all)

    def close(self) -> None:
        """End the shared mirror, and free the nets; all visits have ended."""
        if self._shared:
            self._close(self._shared)
        for pool in (self._openings, self.pool):
            pool.shutdown(cancel_futures=True)
        self._nets.close()

    @property
    def input_ended(self) -> bool:
        """Whether the shared input has come to its end.

        Raises:
            NetEyesError: it broke.
        """
        mirror = self._shared.mirror if self._shared else None
        if mirror is None or mirror.runs:
            return False
        if mirror.error:
            raise mirror.error
        return True

    @asynccontextmanager
    async def stand(self) -> AsyncIterator[Stand]:
        """Give a visit its mirror, and close it afterwards unless it is shared.

        Raises:
            NetEyesError: the mirror cannot be opened.
        """
        if self._shared:
            yield self._shared
            return
        loop = asyncio.get_running_loop()
        opening = loop.run_in_executor(self._openings, self._open)
        try:
            stand = await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(self._close_unused)
            raise
        try:
            yield stand
        finally:
            await asyncio.shield(loop.run_in_executor(self._openings, self._close, stand))

    def _close_unused(self, opening: asyncio.Future[Stand]) -> None:
        if not opening.cancelled() and not opening.exception():
            self._openings.submit(self._close, opening.result())

    def _open(self) -> Stand:
        source = VisitorSource()
        mirror = Mirror(source, self._nets, self.options, self.options.fit or "crop")
        mirror.start()
        self.totals.enter(mirror)
        return Stand(mirror, source, JpegEncoder(), Broadcasts(mirror.watch))

    def _close(self, stand: Stand) -> None:
        stand.mirror.close()
        self.totals.leave(stand.mirror)
        # A loop's parts know each other. By itself, Python would look for them after a thousand visits.
        gc.collect()

    def _open_shared(self, named: Uri) -> Stand:
        options = self.options
        asked = Asked(
            pace=True,
            loop=options.input_loop,
            width=options.input_width,
            height=options.input_height,
            rate=options.input_rate,
            sound=False,
        )
        source = open_feed(named, options.retry, **asked)
        if isinstance(source, Feed):
            self.feeds = (source.status,)
        mirror = Mirror(source, self._nets, options, options.fit or default_fit(named))
        mirror.start()
        self.totals.enter(mirror)
        return Stand(mirror, None, JpegEncoder(), Broadcasts(mirror.watch))
