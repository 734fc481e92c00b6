"""What a viewer changes while the loop runs: set from any thread, read by the stages for every frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engines.labels import LabelSpace, SwapTable, swap_table
from stream.views import View


@dataclass
class Controls:
    """The live settings. Each field is replaced whole, so that a frame sees either the old or the new one.

    Attributes:
        seen: the segmenter's label space.
        painted: the painter's label space.
        swap: uint8 (256,): an id of `seen` → an id of `painted`.
        view: what is shown.
        mirror: flip frames left to right before the nets.
        frozen: keep the label map of the moment, whatever the camera sees.
    """

    seen: LabelSpace
    painted: LabelSpace
    swap: SwapTable = field(init=False)
    view: View = "picture"
    mirror: bool = False
    frozen: bool = False

    def __post_init__(self) -> None:
        self.use_swaps({})

    def use_swaps(self, swaps: Mapping[str, str]) -> None:
        """Swap by names from the next frame on.

        Raises:
            LabelError: a name that its space lacks; the swaps before stay.
        """
        self.swap = swap_table(self.seen, self.painted, swaps)
