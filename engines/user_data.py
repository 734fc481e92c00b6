"""Where neteyes keeps what its user installs."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_data_path

HOME = "NETEYES_HOME"
"""In the environment, this names another folder than the system's own for the user's data."""


def home() -> Path:
    """Return the folder of all that is installed; it need not be there yet."""
    named = os.environ.get(HOME)
    return Path(named).expanduser() if named else user_data_path("neteyes", appauthor=False)


def bundles_home() -> Path:
    """Return the folder whose folders are the bundles that the user installed."""
    return home() / "bundles"
