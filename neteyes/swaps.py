"""Read swaps by name, from the command line and from a file that may change while the loop runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engines.bundle import Bundle, shipped_bundles
from engines.errors import LabelError, UsageError
from engines.labels import parse_swaps, swap_table
from neteyes.file_watch import FileWatch, stamp_of


class Swaps:
    """Hold the swaps of a run, checked against the labels of the bundle.

    Args:
        bundle: the bundle with the labels that they name.
        typed: `NAME=NAME` texts.
        file: a file with more of them, one a line; read again whenever it changes.

    Raises:
        UsageError: a part is not NAME=NAME, a name is unknown, or the file cannot be read.
    """

    def __init__(self, bundle: Bundle, typed: list[str], file: Path | None) -> None:
        self._bundle, self._typed, self._file = bundle, typed, file
        self._file_watch = FileWatch(file, stamp_of(file) if file else None)
        self.table = self._read()

    def reloaded(self) -> bool:
        """Read the file again if it has changed, as `FileWatch` sees it; True if there are new swaps.

        Raises:
            UsageError: the new text of the file is invalid; the swaps stay as they were.
        """
        if not self._file_watch.changed():
            return False
        self.table = self._read()
        return True

    def _read(self) -> dict[str, str]:
        typed = parse_swaps(self._typed)
        swaps = parse_swaps([self._text(self._file)]) if self._file else {}
        swaps |= typed
        check_swaps(self._bundle, swaps)
        return swaps

    def warnings(self) -> list[str]:
        """Return a line for each swap into a label that the painter was never trained on."""
        return untrained(self._bundle, self.table)

    def _text(self, file: Path) -> str:
        try:
            return file.read_text("utf-8")
        except OSError as error:
            raise UsageError(f"Cannot read the swap file {file}: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise UsageError(f"The swap file {file} is not UTF-8 text: write NAME=NAME lines.") from error


def check_swaps(bundle: Bundle, swaps: Mapping[str, str]) -> None:
    """Refuse swaps with names that a bundle does not have.

    Raises:
        LabelError: a name is unknown; the message has the nearest names, and how to list all.
    """
    card = bundle.card
    try:
        swap_table(card.segment.space, card.synthesize.space, swaps)
    except LabelError as error:
        if bundle.folder in shipped_bundles():
            raise
        said = str(error).replace("`neteyes labels`", f"`neteyes labels --bundle {bundle.name}`")
        raise LabelError(said) from None  # it is the same error


def untrained(bundle: Bundle, swaps: Mapping[str, str]) -> list[str]:
    """Return a line for each swap into a label that the painter was never trained on."""
    card = bundle.card.synthesize
    found = []
    for label in map(card.space.id, swaps.values()):
        if card.trained and label not in card.trained:
            name = card.space.name(label)
            painted = f"paints it as {card.siblings[name]}" if name in card.siblings else "guesses"
            found.append(f"'{bundle.name}' was never trained on '{name}' and {painted}.")
    return found
