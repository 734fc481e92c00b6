"""The end of a server: visitors are told, everything is freed, and it says whether it is well meanwhile."""

import signal
import socket
import threading
import time
import urllib.error
import urllib.request

import pytest

from engines.errors import SinkError
from neteyes.serve.serve_options import ServeOptions
from neteyes.serve.server import MirrorServer
from tests.fixtures.page import Page


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_visitors_are_told_and_threads_end(duel):
    before = threading.active_count()
    with MirrorServer(ServeOptions(listen="127.0.0.1:0", height=192, size="352x192", visitors=1)) as server:
        page, waiting = Page(server.url), Page(server.url)
        page.hear("welcome")
        page.answer(duel.at(0).image)
        waiting.hear("queued")
        began = time.monotonic()
    assert time.monotonic() - began < 5
    for visitor in (page, waiting):
        assert "server ends" in visitor.hear("bye")["reason"]
        assert visitor.closed()[0] == 1012
        visitor.__exit__()
    assert threading.active_count() <= before + 1  # the executor of the event loop may linger
    with pytest.raises(OSError):
        socket.create_connection((server.address.host, server.address.port), 1)


def test_a_port_that_is_taken_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SinkError, match=f"{port}. The port is taken"):
            MirrorServer(ServeOptions(listen=f"127.0.0.1:{port}"))


def test_health_and_metrics(serve, duel):
    server = serve(visitors=1)
    with Page(server.url) as page, Page(server.url) as waiting:
        page.hear("welcome")
        waiting.hear("queued")
        for index in range(3):
            page.answer(duel.at(index).image)
        assert get(server.url + "healthz")[0] == 200
        assert get(server.url + "health")[1] == "well · 1 visitors · 1 waiting · 3 frames shown\n"
        metrics = get(server.url + "metrics")[1]
        page.__exit__()
        waiting.hear("welcome")  # in a mirror of its own
        later = get(server.url + "metrics")[1]
    lines = set(metrics.splitlines())
    assert {"neteyes_up 1.0", "neteyes_visitors 1.0", "neteyes_visitors_waiting 1.0"} <= lines
    assert "neteyes_visitors_refused_total 0.0" in lines and "neteyes_frames_out_total 3.0" in lines
    assert "neteyes_frames_out_total 3.0" in later.splitlines(), "what was counted stays counted"


@pytest.mark.alone
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_command_in_order(start, wait_for, tmp_path, number):
    log = tmp_path / "log"
    process = start("serve", "--listen", "127.0.0.1:0", "--height", 192, log=log)
    wait_for(lambda: "http://" in log.read_text())
    url = next(word for word in log.read_text().split() if word.startswith("http://"))
    with Page(url) as page:
        page.hear("welcome")
        process.send_signal(number)
        assert "server ends" in page.hear("bye")["reason"]
    assert process.wait(10) == 0
