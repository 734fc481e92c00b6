"""The units for systemd: what systemd itself says of them."""

import shutil
import subprocess
import tomllib
from configparser import ConfigParser
from pathlib import Path

import pytest

from engines.errors import UsageError

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = {"run": DEPLOY / "neteyes.service", "serve": DEPLOY / "neteyes-serve.service"}

wants_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here, which checks the unit"
)


@pytest.fixture(params=UNITS)
def command(request):
    """The command that the unit starts."""
    return request.param


@pytest.fixture
def unit(command):
    """The keys of the unit's sections; of repeated ones, the last."""
    found = ConfigParser(strict=False, interpolation=None)
    found.optionxform = str
    found.read_string(UNITS[command].read_text())
    return found


@pytest.fixture
def installed(command, tmp_path):
    """The unit, with a program that is there in the place of the one that is not."""
    program = "/opt/neteyes/bin/neteyes"
    text = UNITS[command].read_text()
    assert f"ExecStart={program} {command} " in text
    copy = tmp_path / UNITS[command].name
    copy.write_text(text.replace(program, shutil.which("true")))
    return copy


@wants_systemd
def test_systemd_finds_nothing_wrong_with_it(installed):
    done = subprocess.run(
        ["systemd-analyze", "verify", installed], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@wants_systemd
def test_a_key_that_systemd_does_not_know_would_be_found(installed):
    installed.write_text(installed.read_text().replace("WatchdogSec=", "WatchDogSec="))
    done = subprocess.run(
        ["systemd-analyze", "verify", installed], capture_output=True, text=True, check=False
    )
    assert "WatchDogSec" in done.stderr


@wants_systemd
def test_systemd_calls_its_exposure_small(installed):
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=25", installed]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "unrecognized option" in done.stderr:
        pytest.skip("this systemd-analyze cannot look at a unit that is not installed")
    assert done.returncode == 0, done.stdout[-200:]


def test_it_is_started_again_unless_the_command_was_wrong(unit):
    service = unit["Service"]
    assert service["Restart"] == "on-failure"
    assert service["RestartPreventExitStatus"] == str(UsageError.exit_code)
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"


def test_it_keeps_its_data_where_it_may_write(unit):
    service = unit["Service"]
    assert service["WorkingDirectory"] == f"%S/{service['StateDirectory']}"
    assert service["Environment"] == f"NETEYES_HOME=%S/{service['StateDirectory']}"
    assert service["UMask"] == "0077"


def test_recordings_of_the_example_lie_there_and_never_in_the_way_of_a_restart():
    example = tomllib.loads((DEPLOY / "mirror.toml").read_text())
    assert all(Path(name).name == name for name in example["output"])
    assert example["segment"]


def test_its_end_leaves_time_for_files_to_be_finished(unit):
    assert unit["Service"]["Type"] == "notify"
    assert float(unit["Service"]["TimeoutStopSec"]) > 3
    assert unit["Service"]["KillMode"] == "mixed"
