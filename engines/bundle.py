"""A bundle: a folder with two graphs and the card, `model.toml`, that says what they are."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from engines.errors import BundleError
from engines.labels import LabelSpace, label_spaces
from engines.places import bundles_home

CARD = "model.toml"
FORMAT = 1

Side = Annotated[int, msgspec.Meta(ge=1, le=8192)]
Label = Annotated[int, msgspec.Meta(ge=0, le=254)]


class GraphCard(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What both graphs' sections of the card say.

    Attributes:
        file: the ONNX file's name inside the bundle.
        sha256: of that file; an altered file is refused.
        labels: the label space's name.
        size: (width, height) of the frame a segmenter takes, of the picture a synthesizer paints.
        trained: the ids that the net was trained on; empty means all of its space.
        precision: what a runtime may compute in; `bf16` lets OpenVINO use it where the processor has it.
    """

    file: str
    sha256: str
    labels: str
    size: tuple[Side, Side]
    trained: tuple[Label, ...] = ()
    precision: Literal["fp32", "bf16", "fp16"] = "fp32"

    @property
    def space(self) -> LabelSpace:
        """The label space, loaded."""
        return LabelSpace.load(self.labels)


class SegmentCard(GraphCard, frozen=True, kw_only=True):
    """The card's `[segment]`.

    Attributes:
        argmax: pixels of the label map on a side that share one argmax; 1 is the published manner.
        answers: what the net inside answers; from `labels` alone nobody can tell how sure it was.
    """

    argmax: Annotated[int, msgspec.Meta(ge=1, le=16)] = 1
    answers: Literal["logits", "labels"] = "logits"


class SynthesizeCard(GraphCard, frozen=True, kw_only=True):
    """The card's `[synthesize]`.

    Attributes:
        siblings: name of a label never trained → name of the trained label that it paints as.
    """

    siblings: dict[str, str] = {}


class Card(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """`model.toml`, checked."""

    format: Literal[1]
    name: str
    description: str = ""
    license: str = ""
    segment: SegmentCard
    synthesize: SynthesizeCard
    credits: tuple[str, ...] = ()
    training: dict[str, str | int | float] = {}
    likeness: dict[str, float] = {}


@dataclass(frozen=True, slots=True)
class Bundle:
    """A folder whose card has been read; `verify` looks at its graphs."""

    folder: Path
    card: Card

    @property
    def name(self) -> str:
        """The name on the card."""
        return self.card.name

    @property
    def segment(self) -> Path:
        """Where the segment graph lies."""
        return self.folder / self.card.segment.file

    @property
    def synthesize(self) -> Path:
        """Where the synthesize graph lies."""
        return self.folder / self.card.synthesize.file

    def verify(self) -> None:
        """Compare both graphs with the card.

        Raises:
            BundleError: a graph is missing, or is not the file whose sha256 the card names.
        """
        for path, part in ((self.segment, self.card.segment), (self.synthesize, self.card.synthesize)):
            if not path.is_file():
                raise BundleError(f"The bundle {self.folder} lacks {path.name}. Export or install it again.")
            try:
                found = sha256_of(path)
            except OSError as error:
                raise BundleError(f"Cannot read {path}: {error.strerror}. Change its permissions.") from error
            if found != part.sha256:
                raise BundleError(
                    f"{path} was altered: its sha256 is {found[:12]}…, its card says {part.sha256[:12]}…. "
                    "Restore the file, or export the bundle again."
                )


def open_bundle(name_or_folder: str | Path) -> Bundle:
    """Return a verified bundle: one that came with neteyes or was installed, by name, or any folder.

    Raises:
        BundleError: there is no such bundle, its card is wrong, or a graph is missing or altered.
    """
    bundle = read_bundle(find_bundle(name_or_folder))
    bundle.verify()
    return bundle


def find_bundle(name_or_folder: str | Path) -> Path:
    """Return the folder of a bundle.

    Raises:
        BundleError: neither a bundle's name nor a folder with a card; the message lists the names.
    """
    folder = Path(name_or_folder)
    if (folder / CARD).is_file():
        return folder
    known = {path.name: path for path in (*installed_bundles(), *shipped_bundles())}
    if str(name_or_folder) in known:
        return known[str(name_or_folder)]
    if folder.is_dir():
        raise BundleError(f"{folder} is no bundle: it has no {CARD}. `neteyes export` makes bundles.")
    raise BundleError(
        f"There is no bundle '{name_or_folder}'. "
        f"Known: {', '.join(known) or 'none'}; or give a bundle's folder."
    )


def shipped_bundles() -> list[Path]:
    """Return the folders of the bundles that came with neteyes."""
    return sorted(card.parent for card in Path(str(files("engines") / "bundles")).glob(f"*/{CARD}"))


def installed_bundles() -> list[Path]:
    """Return the folders of the bundles that the user installed with `neteyes models`."""
    return sorted(card.parent for card in bundles_home().glob(f"*/{CARD}"))


def read_bundle(folder: Path) -> Bundle:
    """Read a bundle's card without looking at its graphs.

    Raises:
        BundleError: the card cannot be read; the message names the key and, where one is near, the right one.
    """
    path = folder / CARD
    try:
        card = msgspec.convert(tomllib.loads(path.read_text("utf-8")), Card)
    except OSError as error:
        raise BundleError(f"Cannot read {path}: {error.strerror}. Change its permissions.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BundleError(f"{path} is not TOML: {error}. Restore it, or export the bundle again.") from error
    except msgspec.ValidationError as error:
        raise BundleError(f"{path} is not a card of format {FORMAT}: {_explain(str(error))}") from error
    for part in (card.segment, card.synthesize):
        if part.labels not in label_spaces():
            known = ", ".join(label_spaces())
            raise BundleError(f"{path} names the unknown label space '{part.labels}'. Known: {known}.")
    return Bundle(folder, card)


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _explain(message: str) -> str:
    """Add the nearest known key to msgspec's word about an unknown one."""
    unknown = re.search(r"unknown field `(\w+)`(?: - at `\$\.?(\w*)`)?", message)
    if not unknown:
        return f"{message}."
    section = {"segment": SegmentCard, "synthesize": SynthesizeCard}.get(unknown[2] or "", Card)
    near = get_close_matches(unknown[1], section.__struct_fields__, n=1)
    where = f"[{unknown[2]}]" if unknown[2] else "the card"
    hint = f" Did you mean '{near[0]}'?" if near else f" Known: {', '.join(section.__struct_fields__)}."
    return f"{where} has an unknown key '{unknown[1]}'.{hint}"
