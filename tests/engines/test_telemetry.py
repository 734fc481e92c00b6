"""No runtime sends a report to its maker: a program that films people must send nothing to anybody."""

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

OUTSIDE = """
import onnx
from engines.bundle import open_bundle
from export.adopt.ort_session import open_session

open_session(onnx.load(open_bundle("small").segment))
"""


def run_at_home(tmp_path: Path, program: str, *words: str) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "NETEYES_HOME": str(tmp_path / "ours")}
    subprocess.run([sys.executable, "-c", program, *words], env=environment, check=True)


@pytest.mark.parametrize("backend", installed_backends())
def test_no_runtime_gives_this_machine_a_number_for_its_reports(backend: str, tmp_path: Path) -> None:
    """Without the ban both runtimes write such a number into the user's home.

    OpenVINO does not if it believes that it runs in a test.
    """
    run_at_home(tmp_path, PROGRAM, backend)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_runtime_that_is_used_without_an_engine_reports_nothing_either(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    run_at_home(tmp_path, OUTSIDE)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
