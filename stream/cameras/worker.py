"""Run a camera's process: open the camera, read it all the time, and send the newest frame when asked.

Started by `stream.cameras.process` as `python -m stream.cameras.worker`. It imports little. It ends by itself
when its reader is gone, for whatever reason, and may be killed at any time.
"""

import argparse
import importlib
import json
import os
import signal
import sys
import threading
import time

from stream.cameras.driver import CameraDriver, Damaged, Shot, kind_of
from stream.cameras.wire import HEAD, MessageKind

_BREATH = 0.02
"""Seconds between two tries if a camera answers at once that it has no frame."""

_FAREWELL = 0.3
"""Seconds that closing the camera may take; after that the process ends, and the system closes it."""


class Outbox:
    """Send records to the reader: frames when asked for, all other records at once.

    Args:
        pipe: the file descriptor that records are written to.
    """

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._writing = threading.Lock()
        self._changed = threading.Condition()
        self._asked = False
        self._newest: tuple[float, Shot] | None = None

    def ask(self) -> None:
        """Ask for one frame: the newest that was not sent yet, or else the next."""
        with self._changed:
            self._asked = True
            self._changed.notify()

    def offer(self, shot: Shot) -> None:
        """Take the newest frame; the one before is dropped if the reader did not ask for it."""
        with self._changed:
            self._newest = time.monotonic(), shot
            self._changed.notify()

    def send(self) -> None:
        """Send frames as they are asked for, for ever; runs on a thread, so that reading never waits."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._asked and self._newest)
                assert self._newest is not None
                (captured_at, shot), self._newest, self._asked = self._newest, None, False
            height, width, _ = shot.image.shape
            head = (captured_at, height, width, shot.came)
            self._write(MessageKind.FRAME, head, shot.image.data.cast("B"))

    def tell(self, what: MessageKind, **facts: object) -> None:
        """Send a record that is not a frame."""
        self._write(what, (0.0, 0, 0, 0), memoryview(json.dumps(facts).encode() if facts else b""))

    def _write(self, what: MessageKind, head: tuple[float, int, int, int], payload: memoryview) -> None:
        with self._writing:
            for data in (memoryview(HEAD.pack(what, *head, payload.nbytes)), payload):
                while data:
                    try:
                        data = data[os.write(self._pipe, data) :]
                    except OSError:
                        os._exit(0)  # the reader is gone


def main() -> None:
    """Read one camera until the reader is gone or the camera fails."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--driver", required=True)
    parser.add_argument("--device", required=True)
    parser.add_argument("--width", type=int)
    parser.add_argument("--height", type=int)
    parser.add_argument("--rate", type=float)
    wanted = parser.parse_args()
    # Service managers send these to every process; this one ends when its reader ends.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    outbox = Outbox(os.dup(1))
    os.dup2(2, 1)  # text that libraries print must not mix with the records
    leaving, left = threading.Event(), threading.Event()
    threading.Thread(target=_listen, args=(outbox, leaving, left), daemon=True).start()
    threading.Thread(target=outbox.send, daemon=True).start()
    try:
        module, _, name = wanted.driver.partition(":")
        device: CameraDriver = getattr(importlib.import_module(module), name)()
        outbox.tell(MessageKind.STARTED)
        try:
            outbox.tell(
                MessageKind.OPENED, rate=device.open(wanted.device, wanted.width, wanted.height, wanted.rate)
            )
            _read(device, outbox, leaving)
        finally:
            device.close()
    except Exception as error:
        outbox.tell(MessageKind.FAILED, kind=kind_of(error), message=str(error) or type(error).__name__)
    left.set()
    sys.stderr.flush()
    os._exit(0)  # skips the exit handlers of libraries, which may hang


def _read(device: CameraDriver, outbox: Outbox, leaving: threading.Event) -> None:
    """Read the camera as fast as it gives frames, whether they are asked for or not."""
    while not leaving.is_set():
        try:
            shot = device.grab()
        except Damaged:
            outbox.tell(MessageKind.DAMAGED)
            continue
        if shot is None:
            leaving.wait(_BREATH)
        else:
            outbox.offer(shot)


def _listen(outbox: Outbox, leaving: threading.Event, left: threading.Event) -> None:
    """Take the reader's requests; end the process when the reader is gone, even if the camera hangs."""
    while os.read(0, 1):
        outbox.ask()
    leaving.set()
    left.wait(_FAREWELL)
    os._exit(0)


if __name__ == "__main__":
    main()
