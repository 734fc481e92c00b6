"""Durations and amounts as people write them: `10m`, `1h30m`, `7d`, `10GB`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engines.errors import UsageError

_SECONDS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_BYTES = {"kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}
_BYTES |= {"kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40}

_NUMBER = r"\d+(?:\.\d+)?"
_DURATION = re.compile(rf"(?:{_NUMBER}(?:{'|'.join(_SECONDS)}))+")
_PART = re.compile(rf"({_NUMBER})({'|'.join(sorted(_SECONDS, key=len, reverse=True))})")
_AMOUNT = re.compile(rf"({_NUMBER}) ?({'|'.join(_BYTES)})")


@dataclass(frozen=True, slots=True)
class Keep:
    """How much is kept; None is without a limit.

    Attributes:
        seconds: since a recording ended.
        bytes: of all of them together.
    """

    seconds: float | None = None
    bytes: int | None = None


def seconds_of(text: str, option: str = "--segment") -> float:
    """Return the seconds of a duration such as `90s`, `10m`, `1h30m`, `7d` or `2w`.

    Args:
        text: what the user wrote.
        option: where, for the message.

    Raises:
        UsageError: it is none, or shorter than a second.
    """
    plain = text.strip().lower()
    seconds = 0.0
    if _DURATION.fullmatch(plain):
        seconds = sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(plain))
    if seconds < 1:
        raise UsageError(
            f"{option} wants a duration of a second or more, such as 90s, 10m or 1h30m, not {text!r}."
        )
    return seconds


def keep_of(text: str, option: str = "--keep") -> Keep:
    """Return how much is kept, of an age such as `7d`, an amount such as `10GB`, or both: `7d,10GB`.

    Args:
        text: what the user wrote.
        option: where, for the message.

    Raises:
        UsageError: it is neither.
    """
    seconds, amount = None, None
    for part in text.split(","):
        found = _AMOUNT.fullmatch(part.strip().lower())
        if found and amount is None:
            amount = int(float(found[1]) * _BYTES[found[2]])
        elif not found and seconds is None and _DURATION.fullmatch(part.strip().lower()):
            seconds = seconds_of(part, option)
        else:
            raise UsageError(
                f"{option} wants an age such as 7d, an amount such as 10GB, or both: 7d,10GB; not {text!r}."
            )
    if amount == 0:
        raise UsageError(f"{option} {text} would keep nothing. Give a larger amount.")
    return Keep(seconds, amount)
