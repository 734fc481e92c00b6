"""What tests share. Photos and clips are not part of the repository: who wants them skips without them."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent

pytest_plugins = [
    "tests.fixtures.cameras",
    "tests.fixtures.clips",
    "tests.fixtures.machine",
    "tests.fixtures.process",
    "tests.fixtures.rtsp",
    "tests.fixtures.tensorrt",
    "tests.fixtures.trace",
    "tests.fixtures.web",
]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real photos and clips, which are not part of the repository."""
    folder = HERE.parents[1] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the photos and clips of ../shared/data are not here")
    return folder


@pytest.fixture(scope="session")
def shared_parity() -> Path:
    """The recorded answers of the published nets, which are not part of the repository."""
    folder = HERE.parents[1] / "shared" / "parity"
    if not folder.is_dir():
        pytest.skip("the recorded answers of ../shared/parity are not here")
    return folder
