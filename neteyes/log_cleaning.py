"""Text made fit for logs and terminals: no secrets, nothing that JSON does not have, nothing that steers."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from typing import Any


def printable(text: str) -> str:
    """Return one line of text, with a blank in place of what is no letter or sign.

    What a camera, a server or a stranger's file says must not steer the terminal. By hand, since rich strips
    five control characters only, and ESC is none of them.
    """
    return "".join(letter if letter.isprintable() else " " for letter in text)


def cleaned(fact: object) -> Any:
    """Return a fact without secrets, of nothing but what JSON has."""
    # Here, for who says that OpenCV does not load needs `printable`, and `stream` imports OpenCV.
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
