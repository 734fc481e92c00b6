"""What systemd hears of a run, on a real socket."""

import os
import socket
import time

import pytest

from engines.errors import SinkError
from neteyes.watching.health import RunHealth
from neteyes.watching.systemd import SystemdNotifier
from stream.sinks.reconnect import Returning
from stream.sources.reconnect.status import Status
from stream.sources.scene import SceneSource
from tests.fixtures.loop import Loop

pytestmark = pytest.mark.alone


class Manager:
    """The service manager's end: `heard` collects what has come."""

    def __init__(self, name):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + name[1:] if name[0] == "@" else name)
        self.environment = {"NOTIFY_SOCKET": name}
        self.heard = []

    def hear(self):
        """Return what came since the last call."""
        self.socket.setblocking(False)
        new = []
        while True:
            try:
                new.append(self.socket.recv(4096).decode())
            except BlockingIOError:
                self.heard += new
                return new

    def hear_until(self, wanted, service, seconds=20):
        deadline = time.monotonic() + seconds
        while wanted not in self.hear():
            assert time.monotonic() < deadline, f"{wanted} never came, but {self.heard}"
            service.update()


@pytest.fixture(params=["file", "abstract"])
def manager(request, tmp_path):
    name = f"@neteyes-test-{os.getpid()}" if request.param == "abstract" else str(tmp_path / "notify")
    found = Manager(name)
    yield found
    found.socket.close()


@pytest.fixture
def plain(tmp_path):
    found = Manager(str(tmp_path / "notify"))
    yield found
    found.socket.close()


def test_it_is_ready_once_something_is_shown_and_says_when_it_ends(manager):
    loop = Loop()
    with SystemdNotifier(RunHealth(loop.pipeline), manager.environment) as service:
        service.update()
        assert manager.hear() == ["STATUS=starting · 0 frames shown"]
        with loop:
            manager.hear_until("READY=1", service)
            service.stopping()
            service.update()
            assert manager.hear()[-1] == "STOPPING=1\nSTATUS=finishing"
    assert manager.heard.count("READY=1") == 1
    assert sum(said.startswith("STOPPING") for said in manager.heard) == 1
    assert manager.hear() == []


def test_leaving_says_that_it_ends_if_nobody_did(plain):
    with Loop() as loop, SystemdNotifier(RunHealth(loop.pipeline), plain.environment):
        pass
    assert plain.hear() == ["STOPPING=1\nSTATUS=finishing"]


def test_a_camera_that_is_away_is_no_reason_not_to_be_ready(plain):
    loop = Loop()
    loop.pipeline.meter.noticed()
    with SystemdNotifier(RunHealth(loop.pipeline), plain.environment) as service:
        service.update()
    assert "READY=1" in plain.hear()


def test_the_status_names_the_trouble_and_no_secret(plain):
    status = Status("camera")
    status.enter("lost", "refused", "rtsp://me:hunter2@camera/live\nrefused.\nWATCHDOG=trigger")
    with Loop() as loop, SystemdNotifier(RunHealth(loop.pipeline, [status]), plain.environment) as service:
        service.update()
    said = next(said for said in plain.hear() if said.startswith("STATUS=lost"))
    assert said.startswith("STATUS=lost: rtsp://***@camera/live refused. WATCHDOG=trigger")
    assert "\n" not in said


def test_the_watchdog_is_fed_while_the_loop_moves_and_starves_when_it_does_not(plain):
    with Loop(SceneSource("duel", {"size": "64x48", "rate": "100"}, pace=True)) as loop:
        health = RunHealth(loop.pipeline)
        with SystemdNotifier(health, plain.environment | {"WATCHDOG_USEC": "200000"}) as service:
            loop.wait_for_frames()
            plain.hear_until("WATCHDOG=1", service)
            plain.hear_until("WATCHDOG=1", service)
            loop.gate.clear()
            assert loop.held.wait(10)
            while health.moves(0.2):
                time.sleep(0.01)
            plain.hear()
            starved = time.monotonic() + 0.3
            while time.monotonic() < starved:
                service.update()
            assert "WATCHDOG=1" not in plain.hear()
            loop.gate.set()
            plain.hear_until("WATCHDOG=1", service)


def test_a_paused_loop_is_alive(plain):
    with Loop() as loop:
        loop.wait_for_frames()
        loop.pipeline.paused = True
        with SystemdNotifier(
            RunHealth(loop.pipeline), plain.environment | {"WATCHDOG_USEC": "1000"}
        ) as service:
            plain.hear_until("WATCHDOG=1", service)


@pytest.mark.parametrize(
    "extra", [{}, {"WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": "0"}]
)
def test_a_watchdog_that_is_not_ours_is_not_fed(plain, extra):
    with Loop() as loop, SystemdNotifier(RunHealth(loop.pipeline), plain.environment | extra) as service:
        plain.hear_until("READY=1", service)
        service.update()
    assert "WATCHDOG=1" not in plain.heard + plain.hear()


@pytest.mark.parametrize("name", ["", "/no/such/socket", "vsock:2:1234"])
def test_without_a_manager_nothing_happens(name):
    environment = {"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "1000"} if name else {}
    with Loop() as loop, SystemdNotifier(RunHealth(loop.pipeline), environment) as service:
        loop.wait_for_frames()
        service.update()


def test_a_manager_that_does_not_read_holds_nothing_up(plain):
    with Loop() as loop:
        loop.wait_for_frames()
        with SystemdNotifier(RunHealth(loop.pipeline), plain.environment | {"WATCHDOG_USEC": "1"}) as service:
            for _ in range(2000):  # many more than the socket's queue holds
                service.update()
            plain.hear_until("WATCHDOG=1", service)


def test_a_run_whose_every_output_is_away_is_alive_and_not_well(plain):
    """Killed by the watchdog, it would come back no sooner."""

    def away():
        raise SinkError("The server is away.", "refused")

    with Loop(**{"null://": Returning("wall", away)}) as loop:
        health = RunHealth(loop.pipeline)
        with SystemdNotifier(health, plain.environment | {"WATCHDOG_USEC": "200000"}) as service:
            plain.hear_until("READY=1", service)
            for _ in range(5):
                plain.hear_until("WATCHDOG=1", service)
            assert health.moves(0.2)
            assert health.trouble, "alive, not well"
