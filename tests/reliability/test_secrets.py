"""A password is nowhere to be seen: not in logs, reports or metrics, nor in the list of processes."""

import json
import re
import signal
import urllib.request
from pathlib import Path

import pytest

pytestmark = pytest.mark.alone

PASSWORD = "p@s/w#r?d:%&="
FORMS = ("p@s/w", "p%40s", "w#r?d", "w%23r", "cEBzL3")  # raw, percent-encoded, in base64


@pytest.fixture
def url(serve_clip, make_clip, tmp_path):
    server = serve_clip(make_clip(tmp_path / "served.mp4"), user="viewer", password=PASSWORD, digest=True)
    return server, server.url.replace("rtsp://", f"rtsp://viewer:{PASSWORD}@")


@pytest.mark.slow
@pytest.mark.parametrize("way", ["typed", "config"])
def test_a_password_shows_nowhere(start, wait_for, url, tmp_path, way):
    server, address = url
    log = tmp_path / "log"
    config, environment = [address], {}
    if way == "config":
        (tmp_path / "mirror.toml").write_text(
            f'input = "rtsp://viewer:${{CAMERA}}@127.0.0.1:{server.port}/live"\n'
        )
        config, environment = ["--config", "mirror.toml"], {"CAMERA": PASSWORD}
    words = ["null://"] if way == "typed" else ["--headless"]
    process = start(
        *("run", *config, *words, "--report", "r.json", "--log-json", "--metrics", "127.0.0.1:0"),
        log=log,
        **environment,
    )

    wait_for(lambda: "Metrics at" in log.read_text())
    place = re.search(r"Metrics at (http://[\d.:]+)/metrics", log.read_text())

    def page(name="metrics"):
        try:
            with urllib.request.urlopen(f"{place[1]}/{name}", timeout=5) as answer:
                return answer.read().decode()
        except OSError:  # not yet, or not well: then /health answers 503
            return ""

    wait_for(lambda: "well" in page("health"))
    said = page() + Path(f"/proc/{process.pid}/cmdline").read_text()
    server.kill()
    wait_for(lambda: "Trying again" in log.read_text())
    said += page() + Path(f"/proc/{process.pid}/cmdline").read_text()
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    said += log.read_text() + (tmp_path / "r.json").read_text()
    assert json.loads((tmp_path / "r.json").read_text())["frames_out"] > 0
    assert [form for form in FORMS if form in said] == []
    assert f"127.0.0.1:{server.port}" in said  # it is told which server it was
