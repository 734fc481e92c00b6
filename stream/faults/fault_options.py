"""Parse the faults of a `fault+…` URL, and take them out of its query."""

from __future__ import annotations

import difflib
import logging
import re
from collections.abc import Iterable
from urllib.parse import unquote

from engines.errors import UsageError
from stream.quantities import NUMBER, SIZE_UNITS, TIME_UNITS, measure
from stream.uri import FAULT, NETWORK, Uri

log = logging.getLogger(__name__)

COMMON = ("drop", "corrupt", "stall", "reset", "slow", "after", "every", "seed")
FRAMES = (*COMMON, "freeze", "size")
"""The faults of an input that yields frames."""
BYTES = (*COMMON, "refuse", "hole")
"""The faults of a connection."""

_LARGEST = 7680


def take(named: Uri) -> tuple[Uri, dict[str, str]]:
    """Separate the fault options from the options of the input itself.

    Keys are compared as typed: with one letter percent-encoded (`%73low=1`) a server's own option of the
    same name is passed on to it. A `size` is a fault only with a period behind it, since scenes and cameras
    have a `size` too; a scene gets the `seed` as well, so that one number repeats everything.

    Returns:
        The input behind `fault+` without the fault options, and the fault options, decoded.

    Raises:
        UsageError: a fault that this kind of input cannot have, or an unknown option.
    """
    kind = named.scheme.removeprefix(FAULT)
    known = BYTES if kind in NETWORK else FRAMES
    ours: dict[str, str] = {}
    others = []
    for part in filter(None, named.query.split("&")):
        key, _, value = part.partition("=")
        value = unquote(value)
        if key in known and (key != "size" or "/" in value or kind not in (*NETWORK, "scene")):
            ours[key] = value
        elif key in (*FRAMES, *BYTES) and key != "size":
            what = "a network stream" if kind in NETWORK else "anything but a network stream"
            raise UsageError(f"{key}={value} cannot happen to {what}. Known for {named}: {', '.join(known)}.")
        else:
            if key != "size":
                _doubt(named, key, known)
            others.append(part)
        if key == "seed" and kind == "scene":
            others.append(part)
    return named.without_faults("&".join(others)), ours


def _doubt(named: Uri, key: str, known: tuple[str, ...]) -> None:
    """Check that an unknown key is not a fault with a typing error."""
    kind = named.scheme.removeprefix(FAULT)
    near = difflib.get_close_matches(key, known, 1, 0.7)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    if kind in NETWORK:
        if near:
            log.warning("'%s' is no fault, so %s gets it.%s", key, named.without_faults(""), hint)
    elif near or kind != "scene":
        raise UsageError(f"Unknown fault: '{key}'.{hint} Known for {named}: {', '.join(known)}.")


def share(key: str, text: str) -> float:
    """Return a share from 0 to 1."""
    found = re.fullmatch(NUMBER, text, re.ASCII)
    if not found or not 0 <= float(text) <= 1:
        raise UsageError(f"{key}={text} is invalid. Give a share from 0 to 1, such as {key}=0.1.")
    return float(text)


def seconds(key: str, text: str, *, zero: bool = False) -> float:
    """Return a duration in seconds, above 0 unless `zero` is fine."""
    value = measure(text, TIME_UNITS, "s")
    if value is None or (value == 0 and not zero):
        raise UsageError(
            f"{key}={text} is invalid. Give a time such as {key}=5s; ms, s, min and h are known."
        )
    return value


def speed(key: str, text: str) -> float:
    """Return bytes a second."""
    value = measure(text.removesuffix("/s"), SIZE_UNITS, "b")
    if not value:
        raise UsageError(
            f"{key}={text} is invalid. Give a network's bytes a second, such as {key}=200kB; B, kB and "
            "MB are known."
        )
    return value


def size(key: str, text: str) -> tuple[int, int]:
    """Return (width, height) in pixels."""
    found = re.fullmatch(r"(\d{1,4})[xX](\d{1,4})", text, re.ASCII)
    width, height = (int(found[1]), int(found[2])) if found else (0, 0)
    if not (0 < width <= _LARGEST and 0 < height <= _LARGEST):
        raise UsageError(
            f"{key}={text} is invalid. Give WIDTHxHEIGHT/EVERY, each side from 1 to {_LARGEST}, such as "
            f"{key}=320x240/10s."
        )
    return width, height


def seed(key: str, text: str) -> int:
    """Return a seed."""
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
        raise UsageError(f"{key}={text} is invalid. Give a whole number from 0 to 999999999.")
    return int(text)


def spell(options: Iterable[tuple[str, str]]) -> str:
    """Return options as a user types them."""
    return ", ".join(f"{key}={value}" for key, value in options)
