"""Compute the wait before the next try (exponential backoff with jitter)."""

import random

from engines.errors import Kind

PATIENT: dict[Kind, float] = {"unauthorized": 60.0, "denied": 60.0}
"""Seconds between two tries if only a person can help: servers lock out clients that try too often."""

STEADY = 5.0
"""Seconds without an error after which the next one counts as a new fault."""


class Backoff:
    """Compute the wait before each try: doubling up to a cap, with jitter.

    The jitter (each wait is between half and all of the computed time) keeps a hundred viewers of one
    server from all coming back in the same moment.

    Args:
        first: seconds before the first try again, at most.
        cap: longest wait in seconds.
    """

    def __init__(self, first: float = 0.5, cap: float = 5.0) -> None:
        self._first, self._cap = first, cap
        self._due = first

    def next(self) -> float:
        """Return the seconds to wait now; the next wait will be longer."""
        due, self._due = self._due, min(2 * self._due, self._cap)
        return due * random.uniform(0.5, 1.0)

    def wait_for(self, kind: Kind) -> float:
        """Return the seconds to wait now after an error of this kind."""
        return PATIENT.get(kind) or self.next()

    def reset(self) -> None:
        """Start again with the shortest wait, after a try that worked."""
        self._due = self._first
