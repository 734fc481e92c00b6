"""Change swaps live, as a dict."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, MutableMapping

from engines.bundle import Bundle
from engines.errors import LabelError, UsageError
from neteyes.swaps import check_swaps, untrained
from stream.controls import Controls

log = logging.getLogger(__name__)


class LiveSwaps(MutableMapping[str, str]):
    """Map labels to the labels that are painted in their place, by name; changes count at once.

    A wrong name is refused when it is set, and the swaps before stay. Of two spellings of one label, `sky`
    and `sky-other`, the later one counts.

    Args:
        bundle: whose labels are named.
        controls: of the stages.
        swaps: at the beginning.

    Raises:
        LabelError: a name that its label space lacks; the message has the nearest ones.
        UsageError: a name that is no text.
    """

    def __init__(self, bundle: Bundle, controls: Controls, swaps: Mapping[str, str]) -> None:
        self._bundle, self._controls = bundle, controls
        self._swaps: dict[int, tuple[str, str]] = {}  # id → both names, as they were written
        self.become(swaps)

    def become(self, swaps: Mapping[str, str]) -> None:
        """Take all of these in the place of those before, at once.

        Raises:
            LabelError: a name that its label space lacks.
            UsageError: a name that is no text.
        """
        wrong = next((word for pair in swaps.items() for word in pair if not isinstance(word, str)), None)
        if wrong is not None:
            raise UsageError(f"Swaps are names of labels, as in {{'person': 'bear'}}; got {wrong!r}.")
        check_swaps(self._bundle, swaps)
        fresh = {old: new for old, new in swaps.items() if self.get(old) != new}
        for warning in untrained(self._bundle, fresh):
            log.warning("%s", warning)
        self._use({self._controls.seen.id(old): (old, new) for old, new in swaps.items()})

    def __getitem__(self, name: str) -> str:
        return self._swaps[self._id(name)][1]

    def __setitem__(self, name: str, painted: str) -> None:
        self.become({**self, name: painted})

    def __delitem__(self, name: str) -> None:
        gone = self._id(name)
        if gone not in self._swaps:
            raise KeyError(name)
        self._use({label: pair for label, pair in self._swaps.items() if label != gone})

    def __iter__(self) -> Iterator[str]:
        return iter([old for old, _ in self._swaps.values()])

    def __len__(self) -> int:
        return len(self._swaps)

    def __repr__(self) -> str:
        return repr(dict(self))

    def _use(self, swaps: dict[int, tuple[str, str]]) -> None:
        self._controls.use_swaps(dict(swaps.values()))
        self._swaps = swaps

    def _id(self, name: str) -> int:
        """Return a label's id.

        Raises:
            KeyError: there is no such label.
        """
        try:
            return self._controls.seen.id(name)
        except LabelError as error:
            raise KeyError(name) from error
