"""Where neteyes keeps what its user installs."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_data_path

from engines.errors import UsageError

HOME = "NETEYES_HOME"
"""In the environment, this names another folder than the system's own for the user's data."""


def home() -> Path:
    """Return the folder of all that is installed; it need not be there yet.

    Raises:
        UsageError: NETEYES_HOME begins with `~` and a user that there is not.
    """
    named = os.environ.get(HOME)
    if not named:
        return user_data_path("neteyes", appauthor=False)
    try:
        return Path(named).expanduser()
    except RuntimeError as error:
        raise UsageError(f"{HOME} is '{named}', and there is no such user. Name another folder.") from error


def bundles_home() -> Path:
    """Return the folder whose folders are the bundles that the user installed.

    Raises:
        UsageError: as for `home`.
    """
    return home() / "bundles"
