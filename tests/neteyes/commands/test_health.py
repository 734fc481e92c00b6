"""`neteyes health`, as a container's health check uses it."""

import socket

import pytest
import typer
from typer.testing import CliRunner

from neteyes.commands.health import health
from neteyes.watching import pages_of
from neteyes.watching.addresses import Address
from neteyes.watching.health import RunHealth
from neteyes.watching.http import PageServer
from stream.sources.reconnect.status import Status
from tests.fixtures.loop import Loop

pytestmark = pytest.mark.alone

FREE = Address("127.0.0.1", 0)


@pytest.fixture
def ask(monkeypatch):
    """`ask(*words)` runs the command; returns its exit code and what it printed."""
    app = typer.Typer()
    app.command()(health)
    monkeypatch.delenv("NETEYES_TOKEN", raising=False)

    def run(*words):
        result = CliRunner().invoke(app, [str(word) for word in words])
        return result.exit_code, " ".join(result.output.split())

    return run


def test_it_repeats_what_the_run_says_and_its_exit_code_follows(ask):
    status = Status("camera")
    with Loop() as loop, PageServer(FREE, pages_of(RunHealth(loop.pipeline, [status]))) as listener:
        loop.wait_for_frames()
        status.enter("live")
        code, words = ask(listener.address)
        assert code == 0
        assert words.startswith("well · ")
        status.enter("lost", "refused", "Nobody listens there.")
        code, words = ask(listener.address)
        assert code == 1
        assert words.startswith("lost: Nobody listens there.")


def test_the_token_comes_from_the_environment(ask, monkeypatch):
    with Loop() as loop, PageServer(FREE, pages_of(RunHealth(loop.pipeline)), "s3cret") as listener:
        loop.wait_for_frames()
        code, words = ask(listener.address)
        assert code == 1
        assert "NETEYES_TOKEN" in words
        monkeypatch.setenv("NETEYES_TOKEN", "s3cret")
        assert ask(listener.address)[0] == 0


def test_where_nobody_answers_it_says_so(ask):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    code, words = ask(f"127.0.0.1:{port}")
    assert code == 1
    assert f"--metrics 127.0.0.1:{port}" in words


def test_who_listens_everywhere_is_asked_here(ask):
    with Loop() as loop, PageServer(FREE, pages_of(RunHealth(loop.pipeline))) as listener:
        loop.wait_for_frames()
        assert ask(f"0.0.0.0:{listener.address.port}")[0] == 0
