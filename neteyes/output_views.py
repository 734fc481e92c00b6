"""Read an output's own view from its name: `out.mp4?view=triptych`."""

from __future__ import annotations

import difflib
from dataclasses import replace

from engines.errors import UsageError
from stream.controls import VIEWS, View
from stream.uri import Uri

_KEY = "view"


def view_of(named: Uri) -> View | None:
    """Return the view that an output asks for; None if it asks for none.

    Raises:
        UsageError: there is no such view.
    """
    asked = named.options.get(_KEY)
    if asked is None or asked in VIEWS:
        return asked
    near = difflib.get_close_matches(asked, VIEWS, n=1)
    hint = f"Did you mean '{near[0]}'?" if near else f"Known: {', '.join(VIEWS)}."
    raise UsageError(f"There is no view '{asked}' for the output '{named}'. {hint}")


def without_view(named: Uri) -> Uri:
    """Return an output without its view, as its sink is opened; other options stay as they were typed."""
    kept = [part for part in named.query.split("&") if part.partition("=")[0] != _KEY]
    return replace(named, query="&".join(kept))
