"""Read durations and amounts as people write them: `500ms`, `10m`, `1h30m`, `7d`, `10GB`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from engines.errors import UsageError

TIME_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
"""Units of durations."""

SIZE_UNITS = {"b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}
SIZE_UNITS |= {"kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40}
"""Units of amounts."""

NUMBER = r"(?:\d{1,9}(?:\.\d{0,6})?|\.\d{1,6})"
"""A number as a regular expression, without a sign or an exponent."""

_PART = re.compile(rf"({NUMBER}) ?([a-z]+)", re.ASCII)
_WHOLE = re.compile(rf"(?:{_PART.pattern})+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Keep:
    """Represent the retention of recordings: an age and a size; None means no limit.

    Attributes:
        seconds: the most seconds since a recording ended.
        bytes: the most bytes of all recordings together.
    """

    seconds: float | None = None
    bytes: int | None = None


def measure(text: str, units: Mapping[str, float], bare: str = "") -> float | None:
    """Return the sum of numbers with units, such as `1h30m`; None if the text is no such sum.

    Args:
        text: the user's text, in large or small letters.
        units: the value of each unit, such as `TIME_UNITS`.
        bare: the unit of a number without one; "" if each must have one.
    """
    plain = text.strip().lower()
    plain += bare if re.fullmatch(NUMBER, plain, re.ASCII) else ""
    parts = _PART.findall(plain) if _WHOLE.fullmatch(plain) else []
    if not parts or any(unit not in units for _, unit in parts):
        return None
    return sum(float(number) * units[unit] for number, unit in parts)


def seconds_of(text: str, option: str = "--segment") -> float:
    """Return the seconds of a duration such as `90s`, `10m`, `1h30m`, `7d` or `2w`.

    Args:
        text: the user's text.
        option: the option that it belongs to, for the message.

    Raises:
        UsageError: the text is no duration, or is shorter than a second.
    """
    seconds = measure(text, TIME_UNITS) or 0.0
    if seconds < 1:
        raise UsageError(
            f"{option} wants a duration of a second or more, such as 90s, 10m or 1h30m, not {text!r}."
        )
    return seconds


def keep_of(text: str, option: str = "--keep") -> Keep:
    """Return the retention of an age such as `7d`, an amount such as `10GB`, or both: `7d,10GB`.

    Args:
        text: the user's text.
        option: the option that it belongs to, for the message.

    Raises:
        UsageError: the text is neither an age nor an amount.
    """
    seconds, amount = None, None
    for part in text.split(","):
        size = measure(part, SIZE_UNITS)
        if size is not None and amount is None:
            amount = int(size)
        elif seconds is None and measure(part, TIME_UNITS) is not None:
            seconds = seconds_of(part, option)
        else:
            raise UsageError(
                f"{option} wants an age such as 7d, an amount such as 10GB, or both: 7d,10GB; not {text!r}."
            )
    if amount == 0:
        raise UsageError(f"{option} {text} would keep nothing. Give a larger amount.")
    return Keep(seconds, amount)
