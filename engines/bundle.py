"""A bundle: a folder with two graphs and the card that says what they are."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from engines.card import CARD, Card, read_card
from engines.errors import BundleError
from engines.places import bundles_home


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
        BundleError: the card cannot be read.
    """
    return Bundle(folder, read_card(folder / CARD))


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
