"""The mirror itself behind the checks: what it takes from a browser, and what it tells."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack, suppress
from typing import get_args

import httpx
import msgspec
import pytest
from starlette.routing import Mount

from neteyes.serve import messages
from neteyes.serve.routes import PAGE, Visits, make_app
from neteyes.serve.server import MirrorServer
from tests.fixtures.page import Page

PASSWORD = "hunter2-and-more"
INPUT = f"rtsp://painter:{PASSWORD}@127.0.0.1:9/live?token={PASSWORD}"


def fetched(mirror, target):
    """The answer to a request line that is sent as it is."""
    with socket.create_connection((mirror.address.host, mirror.address.port), 10) as talk:
        talk.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        with talk.makefile("rb") as heard:
            return heard.read()


@pytest.mark.parametrize(
    "path",
    [
        "/../server.py",
        "/../../../pyproject.toml",
        "/%2e%2e/server.py",
        "/..%2fserver.py",
        "/.%2e/%2e%2e/engines/errors.py",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/index.html/../../server.py",
        "/..\\server.py",
        "/%00",
        "http://evil.example/../server.py",
    ],
)
def test_no_path_leads_out_of_the_pages_folder(mirror: MirrorServer, path):
    answer = fetched(mirror, path)
    status, _, rest = answer.partition(b"\r\n")
    assert status.split()[1] in (b"400", b"404"), answer
    assert b"import" not in rest and b"root:" not in rest and b"Traceback" not in rest
    assert str(PAGE).encode() not in rest
    assert fetched(mirror, "/index.html").startswith(b"HTTP/1.1 200 ")


def test_no_message_of_a_browser_has_a_place_for_a_path_an_address_or_a_bundle():
    fields = {
        field.encode_name: field
        for kind in (*get_args(messages.FromPage), messages.Changes)
        for field in msgspec.structs.fields(kind)
    }
    texts = {name for name, field in fields.items() if field.type is str or str(field.type).count("str")}
    # A session description, a table of labels' names, and a colour (#rrggbb) with a label's name.
    assert texts == {"sdp", "swaps", "colour", "label"}
    assert not {"bundle", "input", "output", "path", "file", "uri", "url", "address"} & set(fields)


def test_a_message_with_more_in_it_changes_nothing(mirror: MirrorServer):
    with Page(mirror.url) as page:
        page.hear("welcome")
        for more in ({"bundle": "/etc"}, {"input": "rtsp://evil.example"}, {"output": "x.mp4"}):
            page.say("set", view="labels", **more)
            assert "not understood" in page.hear("error")["message"]
        page.say("set", swaps={"../../etc/passwd": "bear"})
        assert page.hear("error")["about"] == "set"
        page.say("set")
        assert page.hear("state")["controls"]["view"] == "picture"


def test_no_route_takes_more_than_its_own_name(mirror: MirrorServer):
    app = make_app(mirror.service, Visits(mirror.service), mirror.health)
    paths = [route.path for route in app.routes if not isinstance(route, Mount)]
    assert "/ws" in paths
    assert not [path for path in paths if ":path}" in path]


def test_no_answer_holds_a_credential_of_the_input(serve):
    mirror = serve(input=INPUT)
    told = []
    for path in ("/", "/about", "/health", "/healthz", "/metrics", "/join/status", "/ws", "/nothing"):
        answer = httpx.get(f"{mirror.url.rstrip('/')}{path}")
        told += [answer.text, str(answer.headers)]
    with Page(mirror.url) as page:
        told.append(json.dumps(page.hear("welcome")))
        page.say("labels", id=1)
        page.say("offer", sdp="v=0")
        page.say("set", view="no such")
        told += [json.dumps(page.hear("error")) for _ in range(3)]
        told.append(json.dumps(page.hear("state")))
    assert "127.0.0.1:9" in "".join(told)  # it is named, so that visitors know what they see
    assert PASSWORD not in "".join(told) and "painter" not in "".join(told)


def test_a_visitors_frames_go_on_beside_a_thousand_half_open_connections(mirror: MirrorServer, duel):
    frame = duel.at(10).image
    with Page(mirror.url) as page, ExitStack() as half_open:
        page.hear("welcome")
        page.answer(frame)
        done = threading.Event()

        def open_many():
            address = (mirror.address.host, mirror.address.port)
            for number in range(1000):
                talk = half_open.enter_context(socket.create_connection(address, 10))
                if number % 2:
                    talk.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
            done.set()

        attack = threading.Thread(target=open_many)
        attack.start()
        pictures = 0
        while not done.is_set() or pictures < 10:
            page.answer(frame)
            pictures += 1
        attack.join(10)
        assert httpx.get(mirror.url).status_code == 200
        with Page(mirror.url) as second:
            assert second.hear("welcome")
            second.answer(frame)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--listen", "0.0.0.0:0"], "Set NETEYES_TOKEN"),
        (["--listen", "0.0.0.0:0", "--token", "short"], "at least 12"),
        (["--cert", "none.pem"], "cannot be read"),
        (["--key", "none.key"], "give --cert as well"),
        (["--allow-host", "http://x/"], "--allow-host wants"),
    ],
)
def test_a_command_that_would_let_in_too_many_or_nobody_is_refused(neteyes, words, said):
    result = neteyes("serve", *words)
    assert result.code == 2
    assert said in result.err


def test_the_link_in_the_terminal_opens_the_mirror_of_the_command(kept):
    screen, terminal = os.openpty()
    command = [sys.executable, "-m", "neteyes", "serve", "scene://duel", "--listen", "0.0.0.0:0", "--https"]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    environment.pop("NETEYES_TOKEN", None)
    process = subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal, env=environment)
    os.close(terminal)
    try:
        shown = ""
        while not (found := re.search(r"https://\S+:(\d+)/join#(\S+)\r?\n", shown)):
            shown += os.read(screen, 4096).decode("utf-8", "replace")
        port, token = found.groups()
        origin = f"https://127.0.0.1:{port}"
        with httpx.Client(base_url=origin, verify=False, headers={"origin": origin}) as visitor:
            assert visitor.get("/about").status_code == 401
            assert visitor.post("/join", json={"token": token}).json() == {"invited": True}
            assert visitor.get("/about").json() == {"shared": True}
        process.send_signal(signal.SIGINT)
        with suppress(OSError):  # the terminal is closed with the last who has it open
            while os.read(screen, 4096):
                pass
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
        os.close(screen)
