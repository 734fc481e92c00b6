"""Find the window that the user means by its title, also when it comes back."""

from __future__ import annotations

import difflib
import re

from engines.errors import SourceError
from stream.x11.window_list import ListedWindow, list_windows
from stream.x11.x_server import X11

_LISTED = 5
"""Titles that an error lists at most."""


class WindowFinder:
    """Find a window by a part of its title, in large or small letters, or by its number.

    A window that was found once is found again by its number, whatever its title has become, until it is
    closed. A whole title goes before a part of one. Windows of this process are passed over, and terminals
    whose title shows the command itself.

    Args:
        wanted: a part of the title, or a number such as `0x3a00007`.
    """

    def __init__(self, wanted: str) -> None:
        self._wanted = wanted
        self._known: ListedWindow | None = None

    def find(self, server: X11) -> ListedWindow:
        """Return the window.

        Raises:
            SourceError: none has that title (kind `ended` if there was one before), or several have.
            OSError: the X server is gone.
        """
        there = [one for one in list_windows(server) if not one.is_own and "screen://" not in one.title]
        if self._known:
            for one in there:
                if (one.number, one.process) == (self._known.number, self._known.process):
                    return one
        fits = self._fits(there)
        if len(fits) > 1:
            raise SourceError(
                f"Several windows have '{self._wanted}' in their titles: {_list(fits)}. Give more of the "
                f"title, or the number: screen://?window={fits[0].number:#x}",
                "not found",
            )
        if not fits:
            raise self._missing(there)
        self._known = fits[0]
        return fits[0]

    def closed(self) -> SourceError:
        """Forget the window, which was closed, and return the error."""
        title = self._known.title if self._known else self._wanted
        if self._known:
            self._known = ListedWindow(0, title, None)  # no window has this number
        return SourceError(f"The window '{title}' was closed. Start its program again.", "ended")

    def _fits(self, there: list[ListedWindow]) -> list[ListedWindow]:
        if re.fullmatch(r"0x[0-9a-fA-F]{1,8}", self._wanted):
            number = int(self._wanted, 16)
            if by_number := [one for one in there if one.number == number]:
                return by_number
        wanted = self._wanted.casefold()
        whole = [one for one in there if one.title.casefold() == wanted]
        return whole if len(whole) == 1 else [one for one in there if wanted in one.title.casefold()]

    def _missing(self, there: list[ListedWindow]) -> SourceError:
        if self._known:
            title = self._known.title
            return SourceError(
                f"The window '{title}' was closed, and no other has '{self._wanted}' in its title. Start its "
                "program again.",
                "ended",
            )
        if not there:
            return SourceError(
                f"No window has '{self._wanted}' in its title: no window with a title is open. Start the "
                "program first.",
                "not found",
            )
        near = sorted(there, key=lambda one: -_likeness(self._wanted, one.title))
        return SourceError(
            f"No window has '{self._wanted}' in its title. Nearest: {_list(near)}. `neteyes screens` "
            "lists all.",
            "not found",
        )


def _likeness(wanted: str, title: str) -> float:
    """Return how alike a title, or one of its words, is to the text: 0 to 1."""
    plain = title.casefold()
    match = difflib.SequenceMatcher(b=wanted.casefold())
    best = 0.0
    for part in {plain, *plain.split()}:
        match.set_seq1(part)
        best = max(best, match.ratio())
    return best


def _list(windows: list[ListedWindow]) -> str:
    more = f" and {len(windows) - _LISTED} more" if len(windows) > _LISTED else ""
    return ", ".join(map(str, windows[:_LISTED])) + more
