from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real photos and clips, which are not part of the repository."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the photos and clips of ../shared/data are not here")
    return folder


@pytest.fixture(scope="session")
def shared_parity() -> Path:
    """The recorded answers of the published nets, which are not part of the repository."""
    folder = ROOT.parent / "shared" / "parity"
    if not folder.is_dir():
        pytest.skip("the recorded answers of ../shared/parity are not here")
    return folder
