"""Read the options behind the `?` of a source, and name the option that was meant."""

import difflib
import math

from engines.errors import UsageError


def unknown(what: str, name: str, known: tuple[str, ...]) -> str:
    """Return a message: there is no such thing; the nearest name, and all known ones."""
    near = difflib.get_close_matches(name, known, 1, 0.5)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    return f"Unknown {what}: '{name}'.{hint} Known: {', '.join(known)}."


def positive(key: str, text: str) -> float:
    """Return the number of an option.

    Raises:
        UsageError: it is not above 0.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise UsageError(f"{key}={text} is invalid. Give a number above 0, such as {key}=30.")
    return value
