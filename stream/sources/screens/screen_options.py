"""Read what `screen://1?window=…&region=…&rate=…` asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from engines.errors import UsageError
from stream.sources.query import positive, unknown
from stream.uri import Uri
from stream.x11.x_server import Rectangle

_KEYS = ("window", "region", "rate")
_FASTEST = 240.0
_REGION = re.compile(r"(\d{1,5})[xX](\d{1,5})\+(\d{1,5})\+(\d{1,5})", re.ASCII)


@dataclass(frozen=True, slots=True)
class ScreenOptions:
    """Hold what is captured, and how often.

    Attributes:
        monitor: number of the monitor, from 0.
        window: a part of a window's title, or its number as `0x3a00007`; None for the whole monitor.
        region: the part of the monitor or window that is captured; None for all of it.
        rate: frames a second; None if it is not given.
    """

    monitor: int = 0
    window: str | None = None
    region: Rectangle | None = None
    rate: float | None = None


def screen_options(named: Uri) -> ScreenOptions:
    """Return the options of a `screen://` input. A `+` stands for itself, as in `region=640x480+0+0`.

    Args:
        named: the input.

    Raises:
        UsageError: an unknown option, or an invalid value.
    """
    given = {}
    for part in filter(None, named.query.split("&")):
        key, _, value = part.partition("=")
        if key not in _KEYS:
            amp = " An & in a title is written %26." if "window" in given else ""
            raise UsageError(unknown("option of screen://", unquote(key), _KEYS) + amp)
        given[key] = unquote(value)
    if not re.fullmatch(r"\d{0,3}", named.host, re.ASCII):
        raise UsageError(
            f"screen://{named.host} is invalid. Give the number of a monitor, such as screen://1, or a "
            f"window: screen://?window={named.host}."
        )
    window = given.get("window")
    if window is not None and not window.strip():
        raise UsageError("window= is empty. Give a part of the window's title; `neteyes screens` lists them.")
    if window is not None and named.host:
        raise UsageError(
            f"A window is found on any monitor. Leave the number out: screen://?window={window}."
        )
    return ScreenOptions(
        int(named.host or 0),
        window.strip() if window else None,
        _region(given["region"]) if "region" in given else None,
        _rate(given["rate"]) if "rate" in given else None,
    )


def _rate(text: str) -> float:
    rate = positive("rate", text)
    if rate > _FASTEST:
        raise UsageError(f"rate={text} is more than a screen shows. Give {_FASTEST:g} at most.")
    return rate


def _region(text: str) -> Rectangle:
    found = _REGION.fullmatch(text)
    width, height, left, top = map(int, found.groups()) if found else (0, 0, 0, 0)
    if not (width and height):
        raise UsageError(
            f"region={text} is invalid. Give WIDTHxHEIGHT+LEFT+TOP in pixels, such as region=640x480+100+50."
        )
    return Rectangle(left, top, width, height)
