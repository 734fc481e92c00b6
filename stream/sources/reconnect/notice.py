"""Write the "no signal" notice that is shown while a feed has no pictures."""

from __future__ import annotations

import textwrap
import time

from stream.frame import Notice
from stream.sources.reconnect.status import Health

_WIDTH = 52
"""Characters in a line of the card."""


def no_signal(name: str, health: Health, next_try: float) -> Notice:
    """Return a notice: why there is no picture, how old the last one is, and when the next try comes.

    Args:
        name: the feed's name, without secrets.
        health: the feed's health.
        next_try: `time.monotonic()` seconds at which a lost feed is opened again.
    """
    lines = textwrap.wrap(health.reason or f"Opening {name}", _WIDTH)
    if health.age is not None:
        lines.append(f"The last picture came {spoken(health.age)} ago.")
    wait = next_try - time.monotonic()
    if health.state == "lost" and wait > 0:
        lines.append(f"Trying again in {spoken(max(wait, 1.0))}.")
    elif health.state == "connecting":
        lines.append("Connecting …")
    return Notice("No signal", tuple(lines))


def spoken(seconds: float) -> str:
    """Return a duration in words: `7 s`, `3 min`, `2 h 5 min`."""
    whole = int(seconds)
    if whole < 90:
        return f"{whole} s"
    minutes = whole // 60
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
