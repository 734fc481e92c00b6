"""The window's keys, and what they do to the loop."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from stream.controls import Controls
from stream.pipeline import Pipeline
from stream.sinks.window import Window
from stream.stages import Compose


class Viewer:
    """Turns what is pressed in the window into changes of the loop."""

    def __init__(self, window: Window, pipeline: Pipeline, controls: Controls, compose: Compose) -> None:
        self._window, self._pipeline, self._controls, self._compose = window, pipeline, controls, compose

    def attend(self) -> None:
        """Handle the keys pressed since the last call."""
