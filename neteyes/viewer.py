"""Show frames in the window, and apply its keys and clicks to the loop."""

from __future__ import annotations

import logging
import math
import time
from dataclasses import replace
from typing import cast

from engines.labels import UNLABELLED
from neteyes.click_to_swap import ClickToSwap
from neteyes.key_actions import STEP, freeze, mirror, snapshot, steady
from neteyes.recorder import Recorder
from neteyes.screen_line import ScreenLine
from neteyes.window_overlay import Overlay
from stream.controls import WINDOW, Controls, View
from stream.fit import Fit
from stream.frame import Frame, Image
from stream.loop.pipeline import Pipeline
from stream.sinks.window import Window
from stream.sinks.window_keys import Action, Click, KeyPress, WindowClosed
from stream.sinks.window_placement import Placement
from stream.views.choice import ChoicePanel
from stream.views.label_at import colour_at, label_at, outlines_of
from stream.views.layouts import next_view
from stream.views.stage import Compose

log = logging.getLogger(__name__)

WARNING_SECONDS = 3.0
"""Seconds that the photosensitivity warning is shown before the first frame, unless a key is pressed."""

CALM = 0.6
"""Seconds between two changes that the window makes behind the flash guard: the help, the choice of a label,
and another view. The guard leaves them two of WCAG's six changes a second; more are ignored, but another view
waits. A short line is too low to matter: it fills less than a quarter of any 10° field."""


class Viewer:
    """A sink that shows frames in the window, and applies its keys and clicks to the loop.

    Each change is confirmed by a short line, which only the window shows.

    Args:
        window: the window that shows the frames.
        controls: the live settings that the keys m, l, [, ] and Tab change.
        compose: makes another view of the last frame while the loop is paused.
        fit: the fit between frame and net.
        choice: opened by a click on a label, to swap it.
        recorder: what the key r starts and stops.
    """

    keeps_all = False

    def __init__(
        self,
        window: Window,
        controls: Controls,
        compose: Compose,
        fit: Fit,
        choice: ClickToSwap,
        recorder: Recorder,
    ) -> None:
        self._window, self._controls, self._compose, self._fit = window, controls, compose, fit
        self._choice, self._recorder = choice, recorder
        self._line = ScreenLine()
        self._last: Frame | None = None
        self._help = False
        self._warned_until: float | None = None
        self._changed_at = -math.inf
        self._drawn: Overlay | None = None
        self._next: View | None = None  # the view that waits until the window may change

    def write(self, frame: Frame) -> bool:
        """Show a frame; return False once the window has been closed."""
        if self._warned_until is None:
            self._warned_until = time.monotonic() + WARNING_SECONDS
        self._last = frame
        return self._draw()

    @property
    def view(self) -> View:
        """The view that the window shows, or will with the next frames."""
        return self._controls.view_of(WINDOW)

    def _view_of(self, frame: Frame) -> View:
        """Return the view in which a frame was composed for the window: not yet that of the last Tab."""
        return cast(View, (frame.wanted or {}).get(WINDOW, self.view))

    def say(self, line: str) -> None:
        """Show a short line for two seconds."""
        self._line.say(line, time.monotonic())

    def attend(self, pipeline: Pipeline) -> None:
        """Apply the keys and clicks since the last call, and show each change at once."""
        for event in self._window.poll():
            warning = self._warning
            if self._warned_until is not None:
                self._warned_until = 0.0  # a key press means that the warning was read
            if isinstance(event, WindowClosed):
                pipeline.stop()
            elif isinstance(event, Click):
                if not warning:
                    self._clicked(event)
            elif self._choice.label is not None:
                if line := self._choice.press(event):
                    self._tell(line)
            else:
                self._pressed(event, pipeline, warning)
        for line in self._recorder.finished():
            self._tell(line)
        if self._next and self._calm():
            self._show(self._next, pipeline)
        if self.overlay() != self._drawn:
            self._draw()

    def close(self) -> None:
        """Close the window."""
        self._window.close()

    def _pressed(self, key: KeyPress, pipeline: Pipeline, warning: bool) -> None:
        controls, action = self._controls, key.action
        if action is Action.QUIT or (action is Action.LEAVE and (warning or not self._window.full_screen)):
            pipeline.stop()
        elif action is Action.LEAVE:
            self._window.full_screen = False
            self.say("Esc again quits")
        elif action is Action.FULL_SCREEN:
            self._window.full_screen = not self._window.full_screen
            self.say("Full screen: Esc leaves it" if self._window.full_screen else "In a window")
        elif action is Action.PAUSE:
            pipeline.paused = not pipeline.paused
            self.say("Paused: space goes on" if pipeline.paused else "Goes on")
        elif action is Action.SNAPSHOT:
            if self._last:
                self._tell(snapshot(self._last, self.view))
        elif action is Action.RECORD:
            if line := self._recorder.toggle(pipeline):
                self._tell(line)
        elif action is Action.VIEW:
            self._next = next_view(self._next or self.view)
            self.say(f"View: {self._next}")
        elif action is Action.MIRROR:
            self.say(mirror(controls))
        elif action is Action.FREEZE:
            self.say(freeze(controls))
        elif action in (Action.LOOSER, Action.STEADIER):
            self._tell(steady(controls, STEP if action is Action.STEADIER else -STEP))
        elif action is Action.SAVE:
            self._tell(self._choice.save())
        elif action is Action.HELP and self._calm():
            self._help = not self._help

    def _show(self, view: View, pipeline: Pipeline) -> None:
        """Let the window alone show another view; other outputs keep theirs."""
        self._next = None
        self._controls.show(WINDOW, view)
        if pipeline.paused and self._last is not None:  # else the next frame has it
            wanted = {**(self._last.wanted or {}), WINDOW: view}
            self._last = replace(self._compose.again(self._last, view), wanted=wanted)
            self._drawn = None

    def _clicked(self, click: Click) -> None:
        """Take the candidate under a click; beside the choice, open one for the label that was clicked."""
        if choice := self._choice.shown():
            panel = ChoicePanel(choice, click.window)
            if (row := panel.row_at(click.x, click.y)) is not None and (line := self._choice.take(row)):
                self._tell(line)
            if panel.covers(click.x, click.y):
                return
        if self._last is None or self._last.view is None or click.on_view is None:
            return
        label = label_at(self._last, self._view_of(self._last), self._fit, click.on_view)
        if label == UNLABELLED:
            self.say("Nothing is recognised there")
        elif label is not None and (self._choice.label is not None or self._calm()):
            self._help = False
            low = click.on_view[1] > 0.45 * self._last.view.shape[0]
            colour = colour_at(self._last, self._view_of(self._last), self._fit, click.on_view)
            self._choice.begin(label, colour, above=low)  # so the panel does not cover what was clicked

    def _tell(self, line: str) -> None:
        """Show a short line, and write it to the log: a change that outlasts the moment."""
        log.info("%s", line)
        self.say(line)

    def _calm(self) -> bool:
        """Return whether the window may change now; if so, count it as a change."""
        now = time.monotonic()
        if now - self._changed_at < CALM:
            return False
        self._changed_at = now
        return True

    def _draw(self) -> bool:
        frame = self._last
        if frame is None or frame.view is None:
            return True
        overlay, view, label = self.overlay(), self._view_of(frame), self._choice.label

        def draw(shown: Image, placement: Placement) -> Image:
            outlines = [] if label is None else outlines_of(label, frame, view, self._fit)
            return overlay.draw(shown, placement, outlines)

        self._drawn = overlay
        return self._window.show(frame.view, draw, whole=view == "triptych")

    def overlay(self) -> Overlay:
        """Return the overlay of the view as it is now."""
        seconds = self._recorder.seconds
        return Overlay(
            warning=self._warning,
            help=self._help,
            choice=self._choice.shown(),
            line=self._line.text(time.monotonic()),
            recorded=None if seconds is None else int(seconds),
            badges=self._last.badges if self._last else (),
        )

    @property
    def _warning(self) -> bool:
        return time.monotonic() < (self._warned_until or 0.0)
