"""What tests share. Photos and clips are not part of the repository: who wants them skips without them."""

from pathlib import Path

import pytest

from engines.telemetry import forbid_telemetry

HERE = Path(__file__).parent

forbid_telemetry()  # some tests import a runtime themselves

pytest_plugins = [
    "tests.fixtures.browser",
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
    """The recorded answers of the published nets to photos, which are not part of the repository."""
    folder = HERE.parents[1] / "shared" / "parity"
    if not folder.is_dir():
        pytest.skip("the recorded answers to photos, ../shared/parity, are not here")
    return folder


def pytest_collection_modifyitems(items):
    """Begin with what takes long, so that of two workers none waits for the other at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_terminal_summary(terminalreporter):
    """Print the figures that tests of faults have seen: the rows of the table in docs/reliability.md."""
    reports = [*terminalreporter.stats.get("passed", ()), *terminalreporter.stats.get("failed", ())]
    figures = [row for report in reports for name, row in report.user_properties if name == "figure"]
    if figures:
        terminalreporter.section("what faults cost")
        for row in figures:
            terminalreporter.write_line(row)
