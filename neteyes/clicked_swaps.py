"""Swap single labels while a run goes on, on top of the swaps by option and file."""

from __future__ import annotations

from collections.abc import Mapping

from stream.controls import Controls


class ClickedSwaps:
    """Apply the swaps of options and files, and on top of them those that a viewer makes by clicking.

    The latest change counts: a click on a label replaces its swap by the file, and a new swap of that label
    in the file replaces the click.

    Args:
        controls: the live settings, which get all swaps at once.
    """

    def __init__(self, controls: Controls) -> None:
        self._controls = controls
        self._given: dict[int, int] = {}
        self._clicked: dict[int, int | None] = {}

    def use(self, swaps: Mapping[str, str]) -> None:
        """Take these swaps of options and files, by names, in place of those before.

        Raises:
            LabelError: a name is not in its label space; the swaps stay as they were.
        """
        seen, painted = self._controls.seen, self._controls.painted
        given = {seen.id(old): painted.id(new) for old, new in swaps.items()}
        changed = {label for label in {*given, *self._given} if given.get(label) != self._given.get(label)}
        self._given = given
        self._clicked = {label: new for label, new in self._clicked.items() if label not in changed}
        self._apply()

    def painted_as(self, label: int) -> int | None:
        """Return the painter's label for a label of the segmenter that is swapped; None if it is not."""
        return self._swaps().get(label)

    def swap(self, label: int, painted: int) -> None:
        """Paint a label of the segmenter as another one of the painter."""
        self._clicked[label] = painted
        self._apply()

    def take_back(self, label: int) -> None:
        """Take the click's swap of a label back; without one, the swap by option or file."""
        if self._clicked.get(label) is not None:
            del self._clicked[label]
        elif label in self._given:
            self._clicked[label] = None
        self._apply()

    def _swaps(self) -> dict[int, int]:
        both = self._given | self._clicked
        return {label: painted for label, painted in both.items() if painted is not None}

    def _apply(self) -> None:
        seen, painted = self._controls.seen, self._controls.painted
        self._controls.use_swaps({seen.name(old): painted.name(new) for old, new in self._swaps().items()})
