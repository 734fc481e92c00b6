"""`tools/system-packages`, on machines made of a few stand-in commands."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "tools" / "system-packages"
ALL = ("python3-venv", "libgl1", "libglib2.0-0", "libxcb1", "libx11-6")


@pytest.fixture
def machine(tmp_path):
    """`machine(packages, root=…)` runs the script where these are installed; apt-get exits with `apt`."""

    def run(packages, *, root, apt=0):
        lines = "".join(f"install ok installed {package},\\n" for package in packages)
        commands = {
            "dpkg-query": f"printf '{lines}'",
            "id": f"echo {0 if root else 1000}",
            "apt-get": f'echo "$@" >> {tmp_path}/asked; exit {apt}',
        }
        for name, body in commands.items():
            (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
            (tmp_path / name).chmod(0o755)
        environment = {"PATH": f"{tmp_path}:{os.defpath}"}
        done = subprocess.run(
            ["sh", SCRIPT, "run"], env=environment, capture_output=True, text=True, check=False
        )
        asked = tmp_path / "asked"
        return done.returncode, done.stderr, asked.read_text() if asked.exists() else ""

    return run


def test_where_nothing_is_missing_nothing_happens(machine):
    assert machine(ALL, root=True) == (0, "", "")


def test_root_installs_what_is_missing_and_nothing_else(machine):
    code, _, asked = machine(ALL[1:], root=True)
    assert code == 0
    assert asked.splitlines()[-1].split()[-1] == "python3-venv"
    assert "libgl1" not in asked


def test_anybody_else_is_told_the_command(machine):
    code, err, asked = machine(ALL[2:], root=False)
    assert (code, asked) == (0, "")
    assert "sudo apt-get install --no-install-recommends python3-venv libgl1\n" in err


def test_a_package_that_apt_cannot_get_is_named_and_no_obstacle(machine):
    code, err, _ = machine(ALL[1:], root=True, apt=100)
    assert code == 0
    assert "python3-venv" in err


def test_a_longer_name_is_another_package(machine):
    installed = ("libgl1-mesa-dri", *ALL[:1], *ALL[2:])
    assert "libgl1\n" in machine(installed, root=False)[1]


def test_a_renamed_package_counts_where_it_says_so(machine):
    installed = (*ALL[:2], "libglib2.0-0t64, libglib2.0-0 (= 2.80.0-6)", *ALL[3:])
    assert machine(installed, root=False) == (0, "", "")
