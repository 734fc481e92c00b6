"""Run the loop: capture → stages → sinks, each on its own thread, until it ends.

Two promises, whatever happens. Closing wakes everyone: an error, the viewer leaving, a signal or the end of
the source closes every mailbox, the threads are joined, sinks are finished, and the first error is raised
from `run`. And frames in flight are bounded: the first stage takes a permit for each frame, and gets it back
when the sinks have it.

What is live goes on while any sink works: one that breaks ends alone, and its error is raised in the end.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from stream.frame import Frame, Sink, Source, Stage
from stream.loop.outlets import Outlets
from stream.loop.permits import Permits, PermitShare
from stream.loop.threads import ThreadGroup
from stream.mailbox import Closed, Mailbox
from stream.meter import Meter

DRAIN_SECONDS = 0.75
"""Seconds for sinks to write their waiting frames after the loop was told to stop."""

JOIN_SECONDS = 1.75
"""Seconds for the threads to end after that."""


class Pipeline:
    """Carry frames from a source through stages to sinks.

    Args:
        source: where frames come from.
        stages: what each frame goes through, in order, each on its own thread.
        sinks: name → sink, each on its own thread; none only where there is a window.
        window: a sink that is written to on the thread that calls `run`.
        permits: how many frames may be between the first stage and the sinks; by default one a stage and one
            to spare. Or a share of the permits of several loops.
        frames: end after so many frames have reached the sinks.
        seconds: end after so many seconds, in the source's time for a file, by the clock for a live source.

    Attributes:
        meter: what happened so far; may be read at any time.
        outlets: where the frames go.
        ready: set once all stages have set up their resources, and when the loop has ended.
        stragglers: names of threads that did not end within three seconds of being told to; they are stuck in
            a call of some library.
    """

    def __init__(
        self,
        source: Source,
        stages: Sequence[Stage],
        sinks: dict[str, Sink],
        *,
        window: Sink | None = None,
        permits: int | PermitShare | None = None,
        frames: int | None = None,
        seconds: float | None = None,
    ) -> None:
        self.source = source
        self.meter = Meter()
        self.ready = threading.Event()
        self.stragglers: list[str] = []
        self._stages = tuple(stages)
        self._limit, self._seconds = frames, seconds
        self.outlets = Outlets(window, sinks, live=source.live, meter=self.meter, stop=self.stop)
        # The one place that drops frames on their way to the nets: a live source never waits.
        self._boxes: list[Mailbox[Frame]] = [
            Mailbox(1, "latest" if source.live else "every", counts=self._is_late)
        ]
        self._boxes += [Mailbox() for _ in stages]
        counted = permits if isinstance(permits, PermitShare) else Permits(permits or len(stages) + 1).share()
        self._permits = counted
        self._unready = {stage.name for stage in stages}
        self._running = threading.Event()
        self._pausing = threading.Lock()
        self._enough = threading.Event()
        self._stopped = threading.Event()
        self._threads = ThreadGroup(self.stop)

    def run(self, attend: Callable[[], None] | None = None, every: float = 0.1) -> None:
        """Run until the source ends, `stop` is called, or something fails.

        Args:
            attend: called on this thread at least every `every` seconds while the loop runs: a window's
                keys, a progress bar. What it raises ends the loop like any error.
            every: seconds.

        Raises:
            SinkError: a sink broke, or could not be finished within three seconds of a stop.
            BaseException: the first error of any thread, once all of them have ended or been given up.
        """
        self._go_on()
        jobs = {"capture": self._capture, "deliver": self._deliver}
        jobs |= {stage.name: self._stage_job(place, stage) for place, stage in enumerate(self._stages)}
        self._threads.start(jobs | self.outlets.jobs())
        try:
            while not self._stopped.is_set() and not self._tick(every):
                if attend:
                    attend()
        except BaseException as error:
            self._threads.fail(error)
        self.stop()
        if self._threads.join(DRAIN_SECONDS):
            self.outlets.discard()
        self.stragglers = self._threads.join(JOIN_SECONDS)
        self._stages = ()  # their memories and last frames are freed now, whoever keeps the figures
        if self.outlets.window:
            self.outlets.window.close()
        if self._threads.error:
            raise self._threads.error
        self.outlets.raise_unfinished(self.stragglers)

    def stop(self) -> None:
        """End the loop within three seconds: frames in flight are discarded, and sinks are finished."""
        self._stopped.set()
        self.ready.set()
        self._take_no_more()

    def attach(self, name: str, sink: Sink) -> None:
        """Give frames to one more sink from now on, while the loop runs."""
        self._threads.start(self.outlets.add(name, sink))

    def detach(self, name: str) -> None:
        """Give a sink of `sinks` or `attach` no more frames; its thread finishes it."""
        self.outlets.remove(name)

    @property
    def paused(self) -> bool:
        """Tell whether the loop is paused. A live source is still read meanwhile."""
        return not self._running.is_set()

    @paused.setter
    def paused(self, paused: bool) -> None:
        with self._pausing:
            if paused and not self._enough.is_set():
                self._running.clear()
                self.meter.pause()
            else:
                self._go_on()

    @property
    def dropped(self) -> dict[str, int]:
        """Count the frames that came in and were not shown, by reason.

        `starting`: captured live before the stages were ready; `late`: a newer frame came before the first
        stage was free; `paused`: the same while the loop was paused; `display`: shown too slowly;
        `unfinished`: in flight when the loop ended.
        """
        reasons = {
            "starting": self.meter.frames_early,
            "late": self._boxes[0].dropped,
            "paused": self.meter.frames_paused,
            "display": self.meter.frames_missed,
        }
        rest = self.meter.frames_in - self.meter.frames_out - sum(reasons.values())
        return reasons | {"unfinished": rest}

    def _go_on(self) -> None:
        self.meter.resume()
        self._running.set()

    def _never_pause(self) -> None:
        with self._pausing:
            self._enough.set()
            self._go_on()

    def _is_late(self, frame: Frame) -> bool:
        """Tell whether a frame that a newer one replaced counts as late."""
        return frame.is_picture and self.meter.replaced(frame.captured_at)

    def _take_no_more(self) -> None:
        """Let no more frames in or through; sinks write their waiting frames."""
        self._never_pause()
        self._permits.close()
        for box in self._boxes:
            box.close()
        self.outlets.finish()

    def _tick(self, every: float) -> bool:
        """Let up to `every` seconds pass on the caller's thread; True once every sink has its frames."""
        if self.outlets.window:
            try:
                self.outlets.window.write_next(every)
                return False
            except Closed:
                pass  # the last frame has been shown; recordings may still be writing theirs
        return all(outlet.drained.wait(every) for outlet in self.outlets.sinks)

    def _capture(self) -> None:
        started: float | None = None
        try:
            for frame in self.source.frames(self._enough):
                if self.source.live and self._unready:
                    if frame.is_picture:
                        self.meter.captured(early=True)
                    continue
                clock = frame.captured_at if self.source.live else frame.pts
                started = clock if started is None else started
                if self._seconds is not None and clock - started >= self._seconds:
                    break
                if frame.is_picture:
                    self.meter.captured()
                if not self._boxes[0].put(frame):
                    break
        finally:
            self._boxes[0].finish()
            if self.source.live:  # a pause would keep the loop from its end
                self._never_pause()
            self.source.close()

    def _stage_job(self, place: int, stage: Stage) -> Callable[[], None]:
        inbox, outbox = self._boxes[place], self._boxes[place + 1]

        def job() -> None:
            try:
                with stage:
                    self._unready.discard(stage.name)
                    if not self._unready:
                        self.ready.set()
                    while True:
                        if place == 0:
                            inbox.wait()  # first, because other loops may wait for the permit
                            self._running.wait()
                            self._permits.get()
                        frame = inbox.get()
                        assert frame is not None
                        if frame.is_picture:
                            with self.meter.timing(stage.name):
                                frame = stage(frame)
                        elif stage.takes_notices:
                            frame = stage(frame)
                        outbox.put(frame)
            except Closed:
                outbox.finish()

        return job

    def _deliver(self) -> None:
        delivered = 0
        try:
            while delivered != self._limit:
                frame = self._boxes[-1].get()
                assert frame is not None
                self.outlets.put(frame)
                self._permits.put()
                delivered += frame.is_picture
        except Closed:
            pass
        self._take_no_more()
