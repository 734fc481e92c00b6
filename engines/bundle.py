"""Find, read, verify and open a bundle: a folder with two graphs and the card that describes them."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Literal, TypeVar, get_args

import msgspec

from engines.backends import open_engine
from engines.card import CARD, Card, GraphCard, GraphFile, SegmentCard, SynthesizeCard, read_card
from engines.engine import Engine
from engines.errors import BundleError, UsageError
from engines.external_data import external_files
from engines.gpu.device import Stream
from engines.sizes import Size, size_text
from engines.user_data import HOME, bundles_home

log = logging.getLogger(__name__)

Net = Literal["segment", "synthesize"]
NETS: tuple[Net, ...] = get_args(Net)

PUBLISHED = ("coco",)
"""The names of the bundles that `neteyes models get` makes."""

Part = TypeVar("Part", SegmentCard, SynthesizeCard)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle's folder and its card; `verify` checks the graphs.

    Where a bundle has several sizes, its graphs are those of the first; `at` gives the others.

    Attributes:
        folder: the folder.
        card: its card, read and checked.
        engines: a folder of engines that were built elsewhere, if the user named one; engines are code.
    """

    folder: Path
    card: Card
    engines: Path | None = None

    @property
    def name(self) -> str:
        """The name on the card."""
        return self.card.name

    @property
    def segment(self) -> Path:
        """The path of the segment graph."""
        return self.folder / self.card.segment.file

    @property
    def synthesize(self) -> Path:
        """The path of the synthesize graph."""
        return self.folder / self.card.synthesize.file

    def open(
        self,
        net: Net,
        backend: str = "auto",
        *,
        threads: int | None = None,
        stream: Stream | None = None,
    ) -> Engine:
        """Open one of the graphs in the precision on its card, or its variant for the runtime.

        Args:
            net: the graph to open.
            backend: as for `open_engine`.
            threads: as for `open_engine`.
            stream: as for `open_engine`.

        Raises:
            UsageError: no such backend.
            BackendError: as for `open_engine`.
        """
        part: GraphCard = getattr(self.card, net)
        return open_engine(
            self.folder / part.file,
            backend,
            threads=threads,
            precision=part.precision,
            stream=stream,
            variants={name: self.folder / variant.file for name, variant in part.variants.items()},
            engines=self.engines,
        )

    @property
    def sizes(self) -> tuple[Size, ...]:
        """The (height, width) of the paintings at each of the bundle's sizes, the first size first."""
        return tuple(one.synthesize.size for one in self.card.each_size)

    def at(self, size: Size | None = None) -> Bundle:
        """Return the bundle with the graphs of one size alone.

        Args:
            size: (height, width) of the painting, one of `sizes`; None for the first.

        Raises:
            UsageError: the bundle does not have this size; the message lists its sizes.
        """
        wanted = self.sizes[0] if size is None else size
        for one in self.card.each_size:
            if one.synthesize.size == wanted:
                segment = _at(self.card.segment, one.segment)
                synthesize = _at(self.card.synthesize, one.synthesize)
                card = msgspec.structs.replace(self.card, segment=segment, synthesize=synthesize, sizes=())
                return replace(self, card=card)
        known = ", ".join(map(size_text, self.sizes))
        raise UsageError(f"The bundle '{self.name}' has no size {size_text(wanted)}. It has: {known}.")

    def each_size(self) -> tuple[Bundle, ...]:
        """Return the bundle once for each of its sizes, as `at` does."""
        return tuple(map(self.at, self.sizes))

    @property
    def files(self) -> dict[Path, str]:
        """The path of every graph and every file of weights → the sha256 that the card gives for it."""
        return {self.folder / name: sha256 for name, sha256 in self.card.files.items()}

    def verify(self) -> None:
        """Check the graphs and their weights against the sha256 on the card.

        Raises:
            BundleError: a file is missing, cannot be read, or has another sha256 than the card gives; or a
                graph takes tensors from a file that is not among the card's weights.
        """
        for path, sha256 in self.files.items():
            if not path.is_file():
                raise BundleError(f"The bundle {self.folder} lacks {path.name}. Export or install it again.")
            try:
                found = sha256_of(path)
            except OSError as error:
                raise BundleError(f"Cannot read {path}: {error.strerror}. Change its permissions.") from error
            if found != sha256:
                raise BundleError(
                    f"{path} was altered: its sha256 is {found[:12]}…, its card says {sha256[:12]}…. "
                    "Restore the file, or export the bundle again."
                )
        for name in self.card.files.keys() - self.card.weights.keys():
            self._check_weights(self.folder / name)

    def _check_weights(self, graph: Path) -> None:
        """Check that a graph takes tensors from files that the card vouches for, and from no others.

        Raises:
            BundleError: it takes them from others, or is no ONNX graph; runtimes open files of other formats
                too, and some of those bring further files.
        """
        if graph.suffix != ".onnx":
            raise BundleError(f"{graph} is no ONNX graph: its name must end with .onnx.")
        if outside := sorted(external_files(graph) - self.card.weights.keys()):
            raise BundleError(
                f"{graph} takes weights from {', '.join(map(repr, outside))}, and its card gives no sha256 "
                "for that. Export the bundle again, or give it under [weights] on the card."
            )


def _at(part: Part, file: GraphFile) -> Part:
    """Return a section of the card with the graph of another size."""
    return msgspec.structs.replace(
        part, file=file.file, sha256=file.sha256, width_height=file.width_height, variants=file.variants
    )


def open_bundle(name_or_folder: str | Path, engines: Path | None = None) -> Bundle:
    """Return a verified bundle: by name, one that came with neteyes or was installed; or by its folder.

    Args:
        name_or_folder: as for `find_bundle`.
        engines: a folder of engines that were built elsewhere, if the user named one; engines are code.

    Raises:
        BundleError: there is no such bundle, its card is wrong, or a graph is missing or altered.
    """
    bundle = replace(read_bundle(find_bundle(name_or_folder)), engines=engines)
    bundle.verify()
    return bundle


def find_bundle(name_or_folder: str | Path) -> Path:
    """Return the folder of a bundle.

    Args:
        name_or_folder: a name, or a folder: a `Path`, or text with a `/` in it. So a folder in the current
            folder never takes the place of the bundle of the same name.

    Raises:
        BundleError: it is neither a bundle's name nor a folder with a card; the message lists the names, or
            says how to get a published bundle.
    """
    folder = Path(name_or_folder)
    if isinstance(name_or_folder, Path) or "/" in name_or_folder:
        if (folder / CARD).is_file():
            return folder
        if folder.is_dir():
            raise BundleError(f"{folder} is no bundle: it has no {CARD}. `neteyes export` makes bundles.")
        raise BundleError(f"There is no folder '{name_or_folder}'. Give a bundle's folder, or its name.")
    known = {path.name: path for path in (*installed_bundles(), *shipped_bundles())}
    if name_or_folder in known:
        return known[name_or_folder]
    if name_or_folder in PUBLISHED:
        raise BundleError(
            f"The bundle '{name_or_folder}' is not here yet. Get it with: neteyes models get {name_or_folder}"
        )
    hint = "give a bundle's folder with a / in it"
    if name_or_folder and folder.is_dir():
        hint = f"if you mean the folder, give it as {typed(folder)}"
    raise BundleError(
        f"There is no bundle '{name_or_folder}'. Known: {', '.join(known) or 'none'}; or {hint}."
    )


def typed(folder: Path) -> str:
    """Return a bundle's folder as users must type it: with a `/`, because a bare name means no folder."""
    return str(folder) if "/" in str(folder) else f"./{folder}"


def shipped_bundles() -> list[Path]:
    """Return the folders of the bundles that came with neteyes."""
    return sorted(card.parent for card in Path(str(files("engines") / "bundles")).glob(f"*/{CARD}"))


def installed_bundles() -> list[Path]:
    """Return the folders of the bundles that the user installed with `neteyes models`.

    If their folder cannot be read, a warning gives the reason and the list is empty.
    """
    try:
        return sorted(folder for folder in bundles_home().iterdir() if _has_card(folder))
    except FileNotFoundError:
        return []  # nothing has been installed
    except UsageError as error:
        log.warning("No installed bundle is found: %s", error)
    except OSError as error:
        log.warning(
            "No installed bundle is found: cannot read '%s': %s. Mend that, or let %s name another folder.",
            error.filename,
            error.strerror,
            HOME,
        )
    return []


def _has_card(folder: Path) -> bool:
    try:
        return (folder / CARD).is_file()
    except OSError as error:
        log.warning("The bundle '%s' cannot be read: %s. Mend that.", folder, error.strerror)
        return False


def read_bundle(folder: Path) -> Bundle:
    """Read a bundle's card without looking at its graphs.

    Raises:
        BundleError: the card cannot be read.
    """
    return Bundle(folder, read_card(folder / CARD))


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def identity_of(graph: Path) -> str:
    """Return one sha256 for a graph with the files of weights on its bundle's card.

    Without such files it is the graph's own.
    """
    own, card = sha256_of(graph), graph.parent / CARD
    weights = read_card(card).weights if card.is_file() else {}
    if not weights:
        return own
    parts = (own, *(f"{name} {sha256}" for name, sha256 in sorted(weights.items())))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
