"""How long to wait before the next try."""

import random

from engines.errors import Kind

PATIENT: dict[Kind, float] = {"unauthorized": 60.0, "denied": 60.0}
"""Seconds between two tries where only a person can help: who knocks too often is locked out."""

STEADY = 5.0
"""Seconds without an error after which the next one is a new trouble, not the old one."""


class Backoff:
    """Seconds before each further try: doubling up to a cap, and spread.

    The spread (each wait is between a half and the whole of what is due) keeps a hundred viewers of one
    server from all coming back in the same moment.

    Args:
        first: seconds before the first try again, at most.
        cap: seconds that no wait exceeds.
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
        """Begin anew: it worked."""
        self._due = self._first
