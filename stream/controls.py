"""Hold the live settings: set from any thread while the loop runs, read by the stages for every frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from engines.bundle import Bundle
from engines.errors import UsageError
from engines.labels import LabelSpace, SwapTable, swap_table

View = Literal["picture", "labels", "triptych", "overlay"]
"""What is shown: the painting, the labels with names, both beside the frame, or the names on the frame."""

VIEWS: tuple[View, ...] = get_args(View)

WINDOW = "window"
"""The name of the window among outputs."""

STEADINESS = 0.7
"""The default: nearly all flicker is gone, and moving objects are as sharp as without."""


@dataclass
class Controls:
    """Hold the live settings. Each field is replaced whole, so a frame sees either the old or the new value.

    Attributes:
        seen: the segmenter's label space.
        painted: the painter's label space.
        swap: uint8 (256,): an id of `seen` → an id of `painted`.
        view: layout of the picture that outputs show that have no view of their own.
        outputs: each output's own view, by its name; None if it has none.
        mirror: whether frames are flipped left to right before the nets.
        frozen: whether the current label map is kept, whatever the camera sees.
        steadiness: how firmly labels are held, 0–1; None if the segmenter has no memory to hold them with.
    """

    seen: LabelSpace
    painted: LabelSpace
    swap: SwapTable = field(init=False)
    view: View = "picture"
    outputs: Mapping[str, View | None] = field(default_factory=dict)
    mirror: bool = False
    frozen: bool = False
    steadiness: float | None = STEADINESS

    def __post_init__(self) -> None:
        self.use_swaps({})

    def view_of(self, output: str) -> View:
        """Return the view that an output shows."""
        return self.outputs.get(output) or self.view

    def show(self, output: str, view: View | None) -> None:
        """Give an output a view of its own; None takes it away."""
        self.outputs = {**self.outputs, output: view}

    def drop(self, output: str) -> None:
        """Compose no more views for an output that has gone."""
        self.outputs = {name: view for name, view in self.outputs.items() if name != output}

    @property
    def wanted(self) -> dict[str, View]:
        """The view of each output, by its name; empty if there are no outputs."""
        return {output: own or self.view for output, own in self.outputs.items()}

    def use_swaps(self, swaps: Mapping[str, str]) -> None:
        """Swap labels by name from the next frame on.

        Raises:
            LabelError: a name is not in its label space; the swaps stay as they were.
        """
        self.swap = swap_table(self.seen, self.painted, swaps)


def steadiness_of(bundle: Bundle, asked: float | None) -> float | None:
    """Return the steadiness for a bundle: as asked, else the default; None if its segmenter has no memory.

    Raises:
        UsageError: the value asked for is not in 0–1, or the bundle's segmenter has no memory.
    """
    if asked is None:
        return STEADINESS if bundle.card.segment.state else None
    if not bundle.card.segment.state:
        raise UsageError(
            f"The segmenter of '{bundle.name}' has no memory, so steadiness can do nothing. Leave it out, "
            "or export the bundle again with --steady."
        )
    if not 0 <= asked <= 1:
        raise UsageError(f"Steadiness goes from 0, the net as it is, to 1; got {asked:g}.")
    return asked
