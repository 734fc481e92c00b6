"""Reload the swap file and the config file while a run goes on, and apply their changes."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engines.bundle import Bundle
from engines.errors import NetEyesError, UsageError
from neteyes.clicked_swaps import ClickedSwaps
from neteyes.config import ConfigWatch
from neteyes.outputs import Outputs
from neteyes.palettes.chosen_palette import ChosenPalette
from neteyes.swaps import Swaps
from stream.controls import Controls, steadiness_of
from stream.loop.pipeline import Pipeline

log = logging.getLogger(__name__)

LIVE = ("swap", "view", "steadiness", "mirror", "output")
"""Keys of the config file that take effect while it runs; the others after a restart."""


class Settings:
    """Reload both files when they change. An invalid file is logged, and changes nothing.

    Args:
        bundle: the bundle with the labels that swaps name.
        controls: the live settings to change.
        clicked: takes the swaps, with those of the viewer's clicks on top.
        swaps: the current swaps.
        swap_file: a file with more swaps.
        watch: follows the config file.
        palette: the palette that frames are segmented by; None where a net segments.
    """

    def __init__(
        self,
        bundle: Bundle,
        controls: Controls,
        clicked: ClickedSwaps,
        swaps: Swaps,
        swap_file: Path | None,
        watch: ConfigWatch,
        palette: ChosenPalette | None = None,
    ) -> None:
        self._bundle, self._controls, self._clicked, self._watch = bundle, controls, clicked, watch
        self._swaps, self._swap_file = swaps, swap_file
        self._palette = palette
        self._fresh: Swaps | None = None
        self._later: dict[str, Any] = {}

    def refresh(self, pipeline: Pipeline, outputs: Outputs) -> list[str]:
        """Read the files that have changed, and apply the changes; return lines for the screen."""
        lines = []
        try:
            if self._swaps.reloaded():
                self._use(self._swaps)
                log.info("Swaps read again from %s.", self._swap_file)
                lines.append(f"Swaps read again from {self._swap_file}")
        except UsageError as wrong:
            log.warning("%s The swaps before stay.", wrong)
            lines.append(f"{self._swap_file} has an error: the swaps before stay")
        lines += self._refresh_palette()
        try:
            changes = self._watch.changes(lambda changes: self._check(changes, outputs))
        except NetEyesError as wrong:
            log.warning("%s The settings before stay.", wrong)
            return [*lines, "The config has an error: the settings before stay"]
        if changes:
            self._apply(changes, pipeline, outputs)
            lines.append(f"Config read again: {', '.join(changes)} changed")
        return lines

    def _refresh_palette(self) -> list[str]:
        """Read the palette's file if it has changed; return lines for the screen."""
        if self._palette is None:
            return []
        try:
            if not self._palette.reloaded():
                return []
        except UsageError as wrong:
            log.warning("%s The palette before stays.", wrong)
            return [f"{self._palette.file} has an error: the palette before stays"]
        log.info("The palette was read again from %s.", self._palette.file)
        return [f"Palette read again from {self._palette.file}"]

    def _check(self, changes: Mapping[str, Any], outputs: Outputs) -> None:
        """Refuse all changes if one of them cannot be made; outputs come last, because they open files."""
        self._fresh = None
        if "swap" in changes:
            self._fresh = Swaps(self._bundle, changes["swap"] or [], self._swap_file)
        if "steadiness" in changes:
            steadiness_of(self._bundle, changes["steadiness"])
        if "output" in changes:
            outputs.prepare(changes["output"], self._later | _cuts(changes))

    def _apply(self, changes: Mapping[str, Any], pipeline: Pipeline, outputs: Outputs) -> None:
        self._later |= _cuts(changes)
        if self._fresh:
            self._swaps = self._fresh
            self._use(self._fresh)
        if "view" in changes:
            self._controls.view = changes["view"]
            outputs.follow_view()
        if "steadiness" in changes:
            self._controls.steadiness = steadiness_of(self._bundle, changes["steadiness"])
        if "mirror" in changes:
            wanted = changes["mirror"]
            self._controls.mirror = pipeline.source.mirrored if wanted is None else wanted
        if "output" in changes:
            outputs.become(pipeline)
        log.info("The config was read again: %s changed.", ", ".join(changes))
        if later := [key for key in changes if key not in LIVE]:
            log.warning("%s: that counts after a restart.", ", ".join(later))

    def _use(self, swaps: Swaps) -> None:
        self._clicked.use(swaps.table)
        for warning in swaps.warnings():
            log.warning("%s", warning)


def _cuts(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the changes of `segment` and `keep`, which take effect at the next start."""
    return {key: changes[key] for key in ("segment", "keep") if key in changes}
