"""Whoever points a camera at people wants nothing sent to anybody, least of all by the runtimes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engines.backends import installed_backends

PROGRAM = """
import sys
from engines.bundle import open_bundle
from engines.backends import open_engine

open_engine(open_bundle("small").segment, sys.argv[1]).close()
"""


@pytest.mark.parametrize("backend", installed_backends())
def test_no_runtime_gives_this_machine_a_number_to_report_under(backend: str, tmp_path: Path) -> None:
    """Both do so where nobody forbids it, in the user's home; OpenVINO not where it believes to be tested."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "NETEYES_HOME": str(tmp_path / "ours")}
    subprocess.run([sys.executable, "-c", PROGRAM, backend], env=environment, check=True)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
