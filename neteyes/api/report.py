"""Report a run as a typed object."""

from __future__ import annotations

from typing import Any, Self

import msgspec

from stream.sources.reconnect.status import Health

Percentiles = dict[str, float | None]
"""`p50`, `p95` and the like → milliseconds; None where nothing was measured."""


class OutputReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Report one output of a run.

    Attributes:
        name: as it was asked for, without passwords.
        written: frames that it took.
        missed: frames that it did not.
        restarts: how often it came back.
        trouble: what is wrong with it; None while it works.
    """

    name: str
    written: int
    missed: int
    restarts: int
    trouble: str | None


class FlashCounts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Count the flashes of one kind, as WCAG 2.3.1 counts them.

    Attributes:
        flashes_worst_second: in the worst second.
        transitions_worst_second: the same in changes, two a flash.
        worst_at: when that was, in seconds of the view's time.
        pictures_over: how many pictures went over the limit.
    """

    flashes_worst_second: float
    transitions_worst_second: int
    worst_at: float | None
    pictures_over: int


class FlashReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Count the flashes of the shown views.

    Attributes:
        complies: whether it kept within WCAG's limits.
        pictures: how many were counted.
        general: changes of luminance.
        red: changes to and from saturated red.
        held: in how many pictures something was held back; None without the guard.
    """

    complies: bool
    pictures: int
    general: FlashCounts
    red: FlashCounts
    held: int | None


class Report(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Report a run, with the same figures as `--report` writes.

    Attributes:
        frames_in: frames that the source gave.
        frames_out: frames that were shown.
        dropped: frames that were not, by reason.
        damaged: pictures, frames or parts of frames that came in and could not be shown.
        fps: fresh frames a second; None for fewer than two.
        age_ms: how old frames were when they were shown.
        stage_ms: how long each step took, by its name.
        outputs: each output.
        feed: how a live input was in the end; None for any other.
        backends: the runtime of each net.
        device_ms: how long each step took on a GPU; None on the processor.
        flashes: those of what was shown.
        bundle: the nets' name.
        certified_with: the runtimes, with versions, that gave the nets' answers when the bundle was made.
        input: as it was asked for, without passwords.
        error: what ended the run early; None where nothing did.
    """

    frames_in: int
    frames_out: int
    dropped: dict[str, int]
    damaged: int
    fps: float | None
    age_ms: Percentiles
    stage_ms: dict[str, Percentiles]
    outputs: list[OutputReport]
    feed: Health | None
    backends: dict[str, str]
    device_ms: dict[str, Percentiles] | None = None
    flashes: FlashReport
    bundle: str
    certified_with: list[str]
    input: str
    error: str | None

    @classmethod
    def of(cls, report: dict[str, Any]) -> Self:
        """Convert a report from the dict that `stream.loop.report` makes."""
        return msgspec.convert(report, cls)

    def as_dict(self) -> dict[str, Any]:
        """Return the report in dicts and lists, which `json.dumps` takes."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found

    def as_json(self) -> str:
        """Return the report as one JSON object."""
        return msgspec.json.encode(self).decode()
