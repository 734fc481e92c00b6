"""The last defence of logs: no secret in any string, however deep, and nothing that JSON does not have."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from typing import Any

from stream.loop.report import words_of
from stream.redact import redact_lines


def cleaned(fact: object) -> Any:
    """Return a fact without secrets, of nothing but what JSON has."""
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
