"""What the terminal shows: the address, the link with the token, its QR code, and nothing of it elsewhere."""

import io
import json
import logging

import cv2
import numpy as np
import pytest
from rich.console import Console

from engines.errors import UsageError
from neteyes.logs import logs
from neteyes.serve.access import Access, invitation
from tests.neteyes.serve.access.conftest import TOKEN

LAN = "192.168.7.5"


def terminal():
    return Console(file=io.StringIO(), force_terminal=True, width=60, color_system=None)


def shown(access, caplog, *, cameras=True):
    """What a terminal shows, with the log above it."""
    console = terminal()
    with caplog.at_level(logging.INFO, "neteyes"):
        access.invitation(8710).show(console, cameras=cameras)
    return "\n".join([*caplog.messages, console.file.getvalue()])


def read_code(text):
    """What a phone's camera reads in the QR code of a text."""
    lines = [line for line in text.splitlines() if set(line) <= set(" █▀▄") and line.strip()]
    assert lines, text
    wide = max(map(len, lines))
    pairs = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}
    rows = [[pairs[letter][half] for letter in line.ljust(wide)] for line in lines for half in (0, 1)]
    picture = np.kron(np.array(rows, np.uint8) * 255, np.ones((8, 8), np.uint8))
    return cv2.QRCodeDetector().detectAndDecode(cv2.copyMakeBorder(picture, 40, 40, 40, 40, 0, value=255))[0]


def test_the_link_and_a_code_that_phones_read_are_shown(kept, caplog):
    text = shown(Access(f"{LAN}:0", token=TOKEN), caplog)
    link = f"http://{LAN}:8710/join#{TOKEN}"
    assert link in text.splitlines()  # in one piece
    assert read_code(text) == link


def test_a_made_token_is_shown_in_a_terminal_and_logged_nowhere(kept, caplog):
    access = Access(f"{LAN}:0")
    secret = access.invitation(8710).secret
    text = shown(access, caplog)
    assert secret in text
    assert all(secret not in message for message in caplog.messages)


def test_the_best_address_is_in_the_link_and_the_others_beside_it(kept, caplog, monkeypatch):
    monkeypatch.setattr(invitation, "own_addresses", lambda: [LAN, "10.0.0.7"])
    text = shown(Access("0.0.0.0:0", token=TOKEN), caplog)
    assert read_code(text) == f"http://{LAN}:8710/join#{TOKEN}"
    assert "http://10.0.0.7:8710/" in text
    named = Access("0.0.0.0:0", token=TOKEN, allow_host=["mirror.example"])
    assert named.invitation(8710).link == f"http://mirror.example:8710/join#{TOKEN}"


def test_plain_http_for_others_is_warned_of_with_what_mends_it(kept, caplog):
    assert "camera" in (text := shown(Access(f"{LAN}:0", token=TOKEN), caplog)) and "--https" in text
    caplog.clear()
    text = shown(Access(f"{LAN}:0", token=TOKEN), caplog, cameras=False)
    assert "no camera" not in text and "--https" in text
    caplog.clear()
    assert "--https" not in shown(Access("127.0.0.1:0"), caplog)


def test_with_https_the_fingerprint_is_shown(kept, caplog):
    access = Access(f"{LAN}:0", token=TOKEN, https=True)
    text = shown(access, caplog)
    assert f"https://{LAN}:8710/join#" in text
    assert access.invitation(1).fingerprint in text and "plain http" not in text


def test_on_this_machine_alone_the_link_needs_no_token(kept, caplog):
    text = shown(Access("127.0.0.1:0"), caplog)
    assert "The mirror is at http://127.0.0.1:8710/" in text
    assert "█" not in text
    assert Access("127.0.0.1:0").invitation(8710).link == "http://127.0.0.1:8710/"


@pytest.mark.parametrize("as_json", [True, False])
def test_nothing_of_the_token_is_written_where_no_terminal_is(kept, capsys, as_json):
    with logs(as_json=as_json) as console:
        access = Access(f"{LAN}:0", token=TOKEN, https=True)
        access.check_terminal(console)
        access.invitation(8710).show(console, cameras=True)
        logging.getLogger("neteyes").warning("somebody asked for /?token=%s", TOKEN)
        logging.getLogger("neteyes").warning("the cookie was %s", access.invitation(8710).secret)
    out, err = capsys.readouterr()
    assert f"https://{LAN}:8710/" in err
    assert TOKEN not in out + err
    if as_json:
        facts = [json.loads(line) for line in err.splitlines()]
        assert facts[0]["address"] == f"https://{LAN}:8710/" and facts[0]["fingerprint"]


@pytest.mark.parametrize("as_json", [True, False])
def test_a_made_token_that_nobody_would_see_is_refused(kept, as_json):
    with logs(as_json=as_json) as console:
        with pytest.raises(UsageError, match="Set NETEYES_TOKEN"):
            Access(f"{LAN}:0").check_terminal(console)
        Access("127.0.0.1:0").check_terminal(console)
    Access(f"{LAN}:0").check_terminal(terminal())
