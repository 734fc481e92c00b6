"""Clean texts and values for logs and terminals: no secrets, no control characters, only JSON types."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from typing import Any


def printable(text: str) -> str:
    """Return one line of text, with a blank in place of each unprintable character.

    Text from a camera, a server or a foreign file must not control the terminal. This is our own code because
    rich strips only five control characters, and ESC is not one of them.
    """
    return "".join(letter if letter.isprintable() else " " for letter in text)


def cleaned(fact: object) -> Any:
    """Return a value without secrets, converted to types that JSON has."""
    # Imported here: `printable` is needed to report that OpenCV does not load, and `stream` imports OpenCV.
    from stream.redact import redact_lines, words_of

    match fact:
        case None | bool() | int():
            return fact
        case numbers.Integral():
            return int(fact)
        case numbers.Real():
            number = float(fact)
            return number if abs(number) < float("inf") else None  # JSON has no nan and no inf
        case Mapping():
            return {redact_lines(str(key)): cleaned(value) for key, value in fact.items()}
        case list() | tuple() | set() | frozenset():
            return [cleaned(each) for each in fact]
        case BaseException():
            return redact_lines(words_of(fact))
    return redact_lines(str(fact))
