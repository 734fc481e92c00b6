"""Show frames in the window, and apply its keys to the loop."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from pathlib import Path

from engines.errors import SinkError
from stream.controls import Controls
from stream.frame import Frame
from stream.loop.pipeline import Pipeline
from stream.sinks.pictures import save_picture
from stream.sinks.window import Action, Window, help_lines
from stream.views.cards import PHOTOSENSITIVITY, card, with_card
from stream.views.layouts import next_view
from stream.views.stage import Compose

WARNING_SECONDS = 3.0
"""Seconds that the photosensitivity warning is shown before the first frame, unless a key is pressed."""

CALM = 0.6
"""Seconds between two changes that the window makes behind the flash guard: the help, and the view of a loop
that is paused. The guard leaves them two of WCAG's six changes a second; more key presses are ignored."""

STEP = 0.1
"""Change of the steadiness by one key press."""


class Viewer:
    """A sink that shows frames in the window, with cards over them, and applies its keys to the loop.

    Args:
        window: the window that shows the frames.
        controls: the live settings that the keys m, l, [, ] and Tab change.
        compose: makes another view of the last frame while the loop is paused.
    """

    keeps_all = False

    def __init__(self, window: Window, controls: Controls, compose: Compose) -> None:
        self._window, self._controls, self._compose = window, controls, compose
        self._last: Frame | None = None
        self._help = False
        self._warned_until: float | None = None
        self._changed_at = -math.inf

    def write(self, frame: Frame) -> bool:
        """Show a frame; return False once the window has been closed."""
        if self._warned_until is None:
            self._warned_until = time.monotonic() + WARNING_SECONDS
        self._last = frame
        return self._draw()

    def attend(self, pipeline: Pipeline) -> list[str]:
        """Apply the keys pressed since the last call; return messages for the terminal."""
        said = []
        for action in self._window.poll():
            if self._warned_until is not None:
                self._warned_until = 0.0  # a key press means that the warning was read
            if action is Action.QUIT:
                pipeline.stop()
            elif action is Action.PAUSE:
                pipeline.paused = not pipeline.paused
            elif action is Action.SNAPSHOT:
                said += self._snapshot()
            elif action is Action.VIEW:
                if not pipeline.paused:  # the next frame has it
                    self._controls.view = next_view(self._controls.view)
                elif self._calm():
                    self._controls.view = next_view(self._controls.view)
                    self._recompose()
            elif action is Action.MIRROR:
                self._controls.mirror = not self._controls.mirror
            elif action is Action.FREEZE:
                self._controls.frozen = not self._controls.frozen
            elif action in (Action.LOOSER, Action.STEADIER):
                said.append(self._steady(STEP if action is Action.STEADIER else -STEP))
            elif action is Action.HELP and self._calm():
                self._help = not self._help
            if pipeline.paused:
                self._draw()
        return said

    def close(self) -> None:
        """Close the window."""
        self._window.close()

    def _draw(self) -> bool:
        if self._last is None or self._last.view is None:
            return True
        view = self._last.view
        if time.monotonic() < (self._warned_until or 0.0):
            view = card(view.shape[:2], *PHOTOSENSITIVITY)  # nothing moves behind the warning
        elif self._help:
            view = with_card(view, "Keys", help_lines())
        return self._window.show(view)

    def _calm(self) -> bool:
        """Return whether the window may change now; if so, count it as a change."""
        now = time.monotonic()
        if now - self._changed_at < CALM:
            return False
        self._changed_at = now
        return True

    def _recompose(self) -> None:
        if self._last is not None:
            self._last = self._compose(replace(self._last, view=None))

    def _steady(self, step: float) -> str:
        now = self._controls.steadiness
        if now is None:
            return "This segmenter has no memory: its labels cannot be held."
        self._controls.steadiness = round(min(1.0, max(0.0, now + step)), 1)
        return f"Steadiness {self._controls.steadiness:g}"

    def _snapshot(self) -> list[str]:
        if self._last is None or self._last.view is None:
            return []
        path = Path(time.strftime(f"neteyes-%Y%m%d-%H%M%S-{self._last.index}-{self._controls.view}.png"))
        try:
            save_picture(path, self._last.view)
        except SinkError as error:
            return [str(error)]
        return [f"Saved {path}"]
