"""Read and check the card of a bundle, `model.toml`: it describes both graphs and their origin."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from engines.errors import BundleError
from engines.labels import LabelSpace, label_spaces

CARD = "model.toml"
FORMAT = 1

FileName = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]*\Z")]
"""A file's name without a folder, so that it cannot lead out of the bundle."""

Side = Annotated[int, msgspec.Meta(ge=1, le=8192)]
Label = Annotated[int, msgspec.Meta(ge=0, le=254)]
Precision = Literal["fp32", "bf16", "fp16", "int8"]
Quality = Literal["full", "live"]


class Variant(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Another file of the same graph for one runtime: quicker there, or not possible in the others.

    Attributes:
        file: the file's name inside the bundle.
        sha256: the sha256 of that file.
    """

    file: FileName
    sha256: str


class GraphFile(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A graph at one size: the keys of `[sizes.segment]` and `[sizes.synthesize]`.

    Attributes:
        file: the ONNX file's name inside the bundle.
        sha256: the sha256 of that file; an altered file is refused.
        width_height: the card's `size`: (width, height) of the frame that a segmenter takes or of the picture
            that a synthesizer paints.
        variants: a runtime's name → the file that it opens instead.
    """

    file: FileName
    sha256: str
    width_height: tuple[Side, Side] = msgspec.field(name="size")
    variants: dict[str, Variant] = {}

    @property
    def size(self) -> tuple[int, int]:
        """The same as (height, width), as arrays have it."""
        width, height = self.width_height
        return height, width

    @property
    def files(self) -> dict[str, str]:
        """The name of each file of this size → its sha256."""
        return {self.file: self.sha256} | {one.file: one.sha256 for one in self.variants.values()}


class GraphCard(GraphFile, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """The keys that both sections of the card share, `[segment]` and `[synthesize]`.

    The keys of `GraphFile` describe the graph at the bundle's first size.

    Attributes:
        labels: the label space's name.
        trained: the ids that the net was trained on; empty means all of its space.
        precision: the precision that a runtime may use; `bf16` lets OpenVINO use it where the processor has
            it, `fp16` and `int8` are in the graph itself.
    """

    labels: str
    trained: tuple[Label, ...] = ()
    precision: Precision = "fp32"

    @property
    def space(self) -> LabelSpace:
        """The label space, loaded."""
        return LabelSpace.load(self.labels)


class SegmentCard(GraphCard, frozen=True, kw_only=True):
    """The card's section `[segment]`.

    Attributes:
        argmax: the side, in pixels, of the squares of the label map that share one argmax; 1 as published.
        answers: the output of the net inside, `logits` or `labels`; `labels` do not tell how sure it was.
        quality: `live` if a net of several scales runs at the full scale alone.
        state: input → the output that it gets at the next frame, such as `memory` → `memory_next`; zeros at
            first. A graph with a state also takes `dt` and `steadiness`.
    """

    argmax: Annotated[int, msgspec.Meta(ge=1, le=16)] = 1
    answers: Literal["logits", "labels"] = "logits"
    quality: Quality = "full"
    state: dict[str, str] = {}


class SynthesizeCard(GraphCard, frozen=True, kw_only=True):
    """The card's section `[synthesize]`.

    Attributes:
        siblings: name of a label that was not trained → name of the trained label that is painted for it.
    """

    siblings: dict[str, str] = {}


class SizeCard(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """One more size of a bundle, `[[sizes]]`: the same two nets as graphs of another size.

    Attributes:
        segment: the segment graph; its label maps have the size that `synthesize` takes.
        synthesize: the synthesize graph.
    """

    segment: GraphFile
    synthesize: GraphFile


class Card(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """The content of `model.toml`, checked.

    Attributes:
        format: the version of this format.
        name: the bundle's name.
        description: a sentence for the user.
        license: the licence of the graphs.
        segment: the segment graph, at the first size.
        synthesize: the synthesize graph, at the first size.
        sizes: the graphs at further sizes.
        weights: name of a file that holds weights of graphs, as ONNX external data → its sha256. A graph
            may take weights from these files alone.
        credits: the people and projects to name, one a line.
        training: figures of the training, by name.
        likeness: figures of how alike frames and painted pictures are, by name.
    """

    format: Literal[1]
    name: str
    description: str = ""
    license: str = ""
    segment: SegmentCard
    synthesize: SynthesizeCard
    sizes: tuple[SizeCard, ...] = ()
    weights: dict[FileName, str] = {}
    credits: tuple[str, ...] = ()
    training: dict[str, str | int | float] = {}
    likeness: dict[str, float] = {}

    @property
    def each_size(self) -> tuple[SizeCard, ...]:
        """All sizes, the first one too."""
        first = SizeCard(segment=self.segment, synthesize=self.synthesize)
        return first, *self.sizes

    @property
    def files(self) -> dict[str, str]:
        """The name of each file of the bundle → the sha256 that the card gives for it."""
        files = dict(self.weights)
        for one in self.each_size:
            files |= one.segment.files | one.synthesize.files
        return files


def read_card(path: Path) -> Card:
    """Read a card and check it.

    Raises:
        BundleError: the file cannot be read or is invalid; the message names the key and a similar known key.
    """
    try:
        content = tomllib.loads(path.read_text("utf-8"))
        card = msgspec.convert(content, Card)
    except OSError as error:
        raise BundleError(f"Cannot read {path}: {error.strerror}. Change its permissions.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BundleError(f"{path} is not TOML: {error}. Restore it, or export the bundle again.") from error
    except msgspec.ValidationError as error:
        raise BundleError(f"{path} is not a card of format {FORMAT}: {_explain(str(error))}") from error
    if not all(line.isprintable() for text in _texts(content) for line in text.split("\n")):
        raise BundleError(f"{path} holds characters that would steer a terminal. Take them out.")
    for part in (card.segment, card.synthesize):
        if part.labels not in label_spaces():
            known = ", ".join(label_spaces())
            raise BundleError(f"{path} names the unknown label space '{part.labels}'. Known: {known}.")
    sizes = [one.synthesize.width_height for one in card.each_size]
    if twice := [size for size in sizes if sizes.count(size) > 1]:
        width, height = twice[0]
        raise BundleError(f"{path} has the size {width}x{height} twice. Take one of them out.")
    return card


def _texts(value: object) -> Iterator[str]:
    """Yield every text in parsed TOML, keys included."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from (key, *_texts(one))
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, str):
        yield value


def _explain(message: str) -> str:
    """Add the nearest known key to msgspec's message about an unknown one."""
    unknown = re.search(r"unknown field `(\w+)`(?: - at `\$\.?(\w*)`)?", message)
    if not unknown:
        return f"{message}."
    section = {"segment": SegmentCard, "synthesize": SynthesizeCard}.get(unknown[2] or "", Card)
    near = get_close_matches(unknown[1], section.__struct_fields__, n=1)
    where = f"[{unknown[2]}]" if unknown[2] else "the card"
    hint = f" Did you mean '{near[0]}'?" if near else f" Known: {', '.join(section.__struct_fields__)}."
    return f"{where} has an unknown key '{unknown[1]}'.{hint}"
