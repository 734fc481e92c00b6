"""Run both nets on one device: four streams with events between them, and a slot for each frame in flight.

    upload      ──copy──▶ ready                                                     (one stream a line)
    segment               wait ──graph──▶ ready
    synthesize                            wait ──copy, graph──▶ ready
    download                                                    wait ──copies──▶ landed   ◀── a thread waits

Threads enqueue and go on; only the download's thread waits, for one event. The label map stays on the device
between the nets, and what a net remembers from frame to frame never leaves it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from engines.engine import Engine
from engines.errors import BackendError
from engines.gpu.device import Device, Event, Stream
from engines.runtimes.cuda_graphs import replayed
from stream.mailbox import Mailbox
from stream.meter import Histogram
from stream.nets.gpu_slot import STEPS, Arena, Slot

PATIENCE = 2.5
"""Seconds that a frame may take on the device before the loop ends with an error."""

WARM_PATIENCE = 60.0
"""Seconds for the first frames, when runtimes tune themselves."""

Opener = Callable[[Device, Stream], Engine]
"""Opens one graph on a stream of a device that is current on the calling thread."""


class DeviceNets:
    """Hold the nets, streams and slots of one loop, shared by its stages.

    All is made when the first stage comes in, on its thread, and freed when the last one leaves; nothing is
    allocated in between.

    Args:
        open_device: returns the device.
        open_segment: opens the segment graph.
        open_synthesize: opens the synthesize graph.
        slots: at least as many as there are permits.
        state: output → input of the segment graph, such as `memory_next` → `memory`: what the net remembers,
            zeros at first.

    Attributes:
        backends: step → the runtime and where it computes.
        times: step → how long the device took for a frame, and `device`, from the first step to the last.
    """

    def __init__(
        self,
        open_device: Callable[[], Device],
        open_segment: Opener,
        open_synthesize: Opener,
        *,
        slots: int,
        state: Mapping[str, str] | None = None,
    ) -> None:
        self._open_device = open_device
        self._openers = {"segment": open_segment, "synthesize": open_synthesize}
        self._slot_count, self._pairs = slots, dict(state or {})
        self._lock = threading.Lock()
        self._users = 0
        self._failed: BaseException | None = None
        self._has_kept = False
        self.backends: dict[str, str] = {}
        self.times = {step: Histogram() for step in (*STEPS, "device")}

    @contextmanager
    def on_this_thread(self) -> Iterator[None]:
        """Make the device current on a stage's thread; the first opens everything, the last closes it.

        Raises:
            BackendError: the device, its memory or a runtime is not to be had; the same for every stage.
        """
        with self._lock:
            if self._failed:
                raise self._failed
            self.device = self._open_device()
        with self.device.current():
            with self._lock:
                if self._failed:
                    raise self._failed
                if not self._users:
                    self._open()
                self._users += 1
            try:
                yield
            finally:
                with self._lock:
                    self._users -= 1
                    if not self._users:
                        self._close()

    def take(self) -> Slot:
        """Return a free slot."""
        slot = self._free.get(timeout=PATIENCE)
        if slot is None:
            raise BackendError(f"No frame has come back from the GPU for {PATIENCE:g} s. See `nvidia-smi`.")
        return slot

    def upload(self, slot: Slot) -> None:
        """Enqueue the copy of the pinned frame."""
        stream = self._begin("upload", slot)
        self.device.upload(slot.pinned["frame"], slot.arrays["frame"], stream)
        slot.ended("upload").record(stream)

    def segment(self, slot: Slot, *, frozen: bool = False, forget: bool = False) -> None:
        """Enqueue the segment graph, with the pinned `dt` and `steadiness` if it takes them.

        Args:
            slot: of the frame.
            frozen: give the labels of the last frame again instead.
            forget: begin with an empty memory.
        """
        stream = self._begin("segment", slot, after="upload")
        labels = slot.arrays["labels"]
        if frozen and self._has_kept:
            self.device.copy(self._kept, labels, stream)
        else:
            if forget:
                self._empty_memory()
            for name in self._scalars:
                self.device.upload(slot.pinned[name], slot.arrays[name], stream)
            told = {name: slot.arrays[name] for name in ("frame", *self._scalars)}
            self._engines["segment"](
                {**told, **self._memory},
                {"labels": labels, **self._memory_next},
            )
            for output, array in self._memory_next.items():
                self.device.copy(array, self._memory[self._pairs[output]], stream)
            self.device.copy(labels, self._kept, stream)
            self._has_kept = True
        slot.ended("segment").record(stream)

    def relabel(self, slot: Slot) -> None:
        """Replace the segmented label map by the pinned one."""
        stream = self._begin("segment", slot, after="upload")
        self.device.upload(slot.pinned["labels"], slot.arrays["labels"], stream)
        slot.ended("segment").record(stream)

    def synthesize(self, slot: Slot) -> None:
        """Enqueue the synthesize graph, with the pinned swap table."""
        stream = self._begin("synthesize", slot, after="segment")
        self.device.upload(slot.pinned["swap"], slot.arrays["swap"], stream)
        self._engines["synthesize"](
            {"labels": slot.arrays["labels"], "swap": slot.arrays["swap"]},
            {"picture": slot.arrays["picture"]},
        )
        slot.ended("synthesize").record(stream)

    def download(self, slot: Slot) -> None:
        """Enqueue the copies of labels and picture."""
        stream = self._begin("download", slot, after="synthesize")
        for name in ("labels", "picture"):
            self.device.download(slot.arrays[name], slot.pinned[name], stream)
        slot.landed.record(stream)

    def land(self, slot: Slot, patience: float = PATIENCE) -> None:
        """Wait until the frame is back on the host.

        Raises:
            BackendError: the device failed or does not answer.
        """
        slot.landed.wait(patience)

    def give(self, slot: Slot) -> None:
        """Count a landed frame's times and make its slot free again."""
        for step in STEPS:
            self.times[step].add(slot.ended(step).ms_since(slot.began[step]) / 1000)
        self.times["device"].add(slot.landed.ms_since(slot.began["upload"]) / 1000)
        self._free.put(slot)

    @property
    def bytes_up(self) -> int:
        """Count the bytes that a frame uploads."""
        return sum(self._specs[name].nbytes for name in ("frame", "swap", *self._scalars))

    @property
    def bytes_down(self) -> int:
        """Count the bytes that a frame downloads."""
        return sum(self._specs[name].nbytes for name in ("labels", "picture"))

    def _begin(self, step: str, slot: Slot, after: str | None = None) -> Stream:
        stream = self._streams[step]
        if after:
            stream.wait(slot.ended(after))
        slot.began[step].record(stream)
        return stream

    def _open(self) -> None:
        self._arena = Arena(self.device)
        self._streams: dict[str, Stream] = {}
        self._rests: dict[str, Event] = {}
        self._engines: dict[str, Engine] = {}
        try:
            for step in STEPS:
                self._rests[step] = self._arena.event()
                self._streams[step] = self._arena.stream()
            for step, opener in self._openers.items():
                stream = self._streams[step]
                engine = self._engines[step] = replayed(opener(self.device, stream), self.device, stream)
                self.backends[step] = f"{engine.backend} on {self.device.name}"
            self._make_arrays()
            self._warm_up()
        except BaseException as error:
            self._failed = error
            self._close()
            raise

    def _make_arrays(self) -> None:
        seer, painter = self._engines["segment"], self._engines["synthesize"]
        ends = {spec.name: spec for engine in (seer, painter) for spec in (*engine.inputs, *engine.outputs)}
        self._scalars = [str(name) for name in ("dt", "steadiness") if name in ends]
        self._specs = {name: ends[name] for name in ("frame", "labels", "swap", "picture", *self._scalars)}
        self._slots = [self._arena.slot(self._specs) for _ in range(self._slot_count)]
        self._kept = self._arena.array(ends["labels"])
        self._memory = {name: self._arena.array(ends[name]) for name in self._pairs.values()}
        self._memory_next = {name: self._arena.array(ends[name]) for name in self._pairs}
        self._blank = {name: self._arena.pinned(ends[name]) for name in self._memory}

    def _warm_up(self) -> None:
        """Carry a black frame through every slot, twice: runtimes tune themselves, then are captured."""
        self._forget()
        for slot in self._slots * 2:
            for step in (self.upload, self.segment, self.synthesize, self.download):
                step(slot)
            self.land(slot, WARM_PATIENCE)
        self._forget()
        self._come_to_rest()
        self._free: Mailbox[Slot] = Mailbox(self._slot_count)
        for slot in self._slots:
            self._free.put(slot)

    def _forget(self) -> None:
        """Reset the memory: no label map is kept, and the net's state is zero."""
        self._has_kept = False
        self._empty_memory()

    def _empty_memory(self) -> None:
        for name, array in self._memory.items():
            self.device.upload(self._blank[name], array, self._streams["segment"])

    def _close(self) -> None:
        self._come_to_rest()  # or nothing is freed: on a device that does not answer, that may never end
        for engine in self._engines.values():
            engine.close()
        self._arena.free()

    def _come_to_rest(self) -> None:
        """Wait for the work on our own streams alone."""
        for step, stream in self._streams.items():
            self._rests[step].record(stream)
            self._rests[step].wait(PATIENCE)
