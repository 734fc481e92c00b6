"""Schedule faults: the clock and the random numbers of one `fault+…` input, over all its openings."""

from __future__ import annotations

import logging
import math
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engines.errors import UsageError
from stream.faults import fault_options
from stream.uri import FAULT, NETWORK, Uri

log = logging.getLogger(__name__)

EVERY = 30.0
"""Default seconds from the beginning of a fault to its next beginning."""


@dataclass(frozen=True, slots=True)
class FaultWindow:
    """A fault that comes periodically, each time for some seconds.

    Attributes:
        first: seconds until it first comes.
        length: seconds that it lasts.
        period: seconds from one beginning to the next.
    """

    first: float
    length: float
    period: float

    def left(self, at: float) -> float:
        """Return the seconds that it still lasts; 0 if it is not active."""
        return 0.0 if at < self.first else max(self.length - (at - self.first) % self.period, 0.0)

    def ahead(self, at: float) -> float:
        """Return the seconds until it next begins; 0 if it is active."""
        if at < self.first:
            return self.first - at
        return 0.0 if self.left(at) else self.period - (at - self.first) % self.period


NEVER = FaultWindow(math.inf, 0.0, math.inf)


class Faults:
    """Hold the faults of one input, with their clock and random numbers.

    Make it once for each input and pass it to every opening: the clock and the random numbers start with the
    first opening and go on over all of them. Only `reset` counts from each opening.

    Args:
        named: the `fault+…` URL.
        clock: gives seconds that only grow.

    Attributes:
        inner: the input itself, without `fault+` and without the fault options.
        drop: share of frames or packets that are dropped, 0 to 1.
        corrupt: share of frames or packets that are damaged, 0 to 1.
        stall: when nothing comes.
        freeze: when the same frame comes again and again.
        refuse: when a server is gone: open connections are cut, new ones are refused.
        hole: when a network is gone: open connections fall silent, new ones are never answered.
        size: (width, height) of frames in `resized`.
        resized: when frames have another size.
        reset: seconds after which each connection is cut; infinite for never.
        slow: seconds that each frame is held, or bytes a second of a connection; 0 for neither.
        after: seconds without faults at the start.
        seed: the seed of the random numbers.

    Raises:
        UsageError: an invalid option, or one that this input cannot have.
    """

    def __init__(self, named: Uri, clock: Callable[[], float] = time.monotonic) -> None:
        self.inner, asked = fault_options.take(named)
        is_network = named.scheme.removeprefix(FAULT) in NETWORK
        every = fault_options.seconds("every", asked.get("every", f"{EVERY}"))
        after = fault_options.seconds("after", asked["after"], zero=True) if "after" in asked else None
        self.after = after or 0.0
        self.seed = fault_options.seed("seed", asked.get("seed", "0"))
        self.drop = fault_options.share("drop", asked.get("drop", "0"))
        self.corrupt = fault_options.share("corrupt", asked.get("corrupt", "0"))
        self.stall, self.freeze, self.refuse, self.hole = (
            _window(key, asked.get(key), after, every) for key in ("stall", "freeze", "refuse", "hole")
        )
        self.reset = fault_options.seconds("reset", asked["reset"]) if "reset" in asked else math.inf
        measure = fault_options.speed if is_network else fault_options.seconds
        self.slow = measure("slow", asked["slow"]) if "slow" in asked else 0.0
        shape, _, period = asked.get("size", "").partition("/")
        self.size, self.resized = (0, 0), NEVER
        if shape:
            self.size = fault_options.size("size", shape)
            step = fault_options.seconds("size", period) if period else every
            self.resized = FaultWindow(step if after is None else after, step, 2 * step)
        self._clock = clock
        self._began: float | None = None
        self._dropping, self._damaging = (random.Random(f"{self.seed} {name}") for name in ("drop", "damage"))
        self._report(named, asked)

    def start(self) -> None:
        """Start the clock, unless it runs already."""
        if self._began is None:
            self._began = self._clock()

    @property
    def now(self) -> float:
        """Return the seconds since the first opening."""
        return 0.0 if self._began is None else self._clock() - self._began

    def drops(self) -> bool:
        """Draw whether the next frame or packet is dropped."""
        return self._dropping.random() < self.drop and self.now >= self.after

    def damages(self) -> random.Random | None:
        """Draw whether the next frame or packet is damaged: a random generator for the damage, or None.

        Each damage has a generator of its own, so that the numbers it uses do not change the next one.
        """
        hit, seed = self._damaging.random() < self.corrupt, self._damaging.getrandbits(64)
        return random.Random(seed) if hit and self.now >= self.after else None

    def _report(self, named: Uri, asked: Mapping[str, str]) -> None:
        if not asked:
            log.warning("%s asks for no fault, so nothing will happen to it.", named)
            return
        log.info(
            "%s is made to fail: %s.",
            self.inner,
            fault_options.spell(asked.items()),
            extra={"fields": {"feed": str(self.inner), "faults": dict(asked)}},
        )


def _window(key: str, text: str | None, after: float | None, every: float) -> FaultWindow:
    """Parse `5s` or `5s/30s`: 5 s out of every 30 s."""
    if text is None:
        return NEVER
    length, _, period = text.partition("/")
    lasts, step = fault_options.seconds(key, length), fault_options.seconds(key, period) if period else every
    if lasts >= step:
        raise UsageError(
            f"{key}={text} is invalid: {lasts:g} s do not fit into every {step:g} s. Write "
            f"{key}={length}/{2 * lasts:g}s, say."
        )
    return FaultWindow(step if after is None else after, lasts, step)
