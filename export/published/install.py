"""Install a bundle in the folder of the user's data, whole or not at all."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from engines.bundle import shipped_bundles
from engines.errors import BundleError, UsageError
from engines.user_data import bundles_home, home


def check_name(name: str, *, overwrite: bool) -> None:
    """Check that a bundle can be installed under a name.

    Raises:
        UsageError: the name is invalid for a folder, or a bundle of that name comes with neteyes.
        BundleError: a bundle of that name is installed and `overwrite` is False, or the folder of the user's
            data cannot be read.
    """
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]{0,63}", name, re.ASCII):
        raise UsageError(f"'{name}' is no name for a bundle. Use letters, digits, dots and dashes.")
    if name in {folder.name for folder in shipped_bundles()}:
        raise UsageError(f"'{name}' comes with neteyes. Choose another name.")
    try:
        there = (bundles_home() / name).exists()
    except OSError as error:
        raise BundleError(f"Cannot read {bundles_home()}: {error.strerror}.") from error
    if there and not overwrite:
        raise BundleError(f"There is a bundle '{name}' already. Choose another name, or add --overwrite.")


@contextmanager
def installing(name: str, *, overwrite: bool = False) -> Iterator[tuple[Path, Path]]:
    """Give a temporary folder to make a bundle in, and install the bundle if the block ends without an error.

    Yields:
        The folder that the block must make for the bundle, and a scratch folder; both are deleted at the end.

    Raises:
        UsageError: as for `check_name`.
        BundleError: as for `check_name`, or the folder of the user's data cannot be written to.
    """
    check_name(name, overwrite=overwrite)
    final = bundles_home() / name
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        folder = TemporaryDirectory(prefix=".making-", dir=home())
    except OSError as error:
        raise BundleError(f"Cannot write to {home()}: {error.strerror}.") from error
    with folder as made:
        new, scratch = Path(made, name), Path(made, ".scratch")
        scratch.mkdir()
        yield new, scratch
        if final.exists():
            os.replace(final, scratch / "old")
        os.replace(new, final)
