"""Find the folder of the user's data: installed bundles and built plans."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_data_path

from engines.errors import UsageError

HOME = "NETEYES_HOME"
"""The environment variable that names another folder than the system's for the user's data."""


def home() -> Path:
    """Return the folder of the user's data; it may not exist yet.

    Raises:
        UsageError: NETEYES_HOME begins with `~` and the name of an unknown user.
    """
    named = os.environ.get(HOME)
    if not named:
        return user_data_path("neteyes", appauthor=False)
    try:
        return Path(named).expanduser()
    except RuntimeError as error:
        raise UsageError(f"{HOME} is '{named}', and there is no such user. Name another folder.") from error


def bundles_home() -> Path:
    """Return the folder of the bundles that the user installed; each has a folder of its own in it.

    Raises:
        UsageError: as for `home`.
    """
    return home() / "bundles"
