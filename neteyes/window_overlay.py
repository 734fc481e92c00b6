"""Draw the window's marks over a view: cards, a short line, a choice of labels, a recording's mark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stream.frame import Image
from stream.sinks.window_keys import help_lines
from stream.sinks.window_placement import Placement
from stream.views.captions import draw_badges, draw_line, draw_outlines, draw_recording
from stream.views.cards import PHOTOSENSITIVITY, card, with_card
from stream.views.choice import Choice, ChoicePanel
from stream.views.label_at import Outline


@dataclass(frozen=True, slots=True)
class Overlay:
    """Hold the marks over a view; equal ones look alike.

    Attributes:
        warning: the photosensitivity warning, in place of all else.
        help: the card of keys.
        choice: the choice of a label.
        line: the short line; empty for none.
        recorded: whole seconds that have been recorded; None while nothing is.
        badges: short words on the state.
    """

    warning: bool = False
    help: bool = False
    choice: Choice | None = None
    line: str = ""
    recorded: int | None = None
    badges: tuple[str, ...] = ()

    def draw(self, shown: Image, placement: Placement, outlines: Sequence[Outline] = ()) -> Image:
        """Return the picture with all of it, in the window's pixels.

        Args:
            shown: uint8 (H, W, 3) BGR of the window's size; it may be changed.
            placement: where the view is in it.
            outlines: of the label that is chosen for, in the view's pixels.
        """
        if self.warning:
            return card(shown.shape[:2], *PHOTOSENSITIVITY)  # nothing moves behind the warning
        if self.badges:
            draw_badges(shown, self.badges)
        if self.help:
            shown = with_card(shown, "Keys", help_lines())
        if self.choice:
            draw_outlines(shown, [placement.line_to_window(line) for line in outlines])
            ChoicePanel(self.choice, shown.shape[:2]).draw(shown)
        elif self.line:
            draw_line(shown, self.line)
        if self.recorded is not None:
            draw_recording(shown, self.recorded)
        return shown
