import json
import sys

import pytest

from neteyes.__main__ import main


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, " ".join(err.split())


@pytest.fixture
def neteyes(capsys, monkeypatch, tmp_path):
    """Run the command as a user does, in an empty folder: `neteyes("run", …)`; no traceback may ever show."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)

    def command(*words):
        monkeypatch.setattr(sys, "argv", ["neteyes", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        result = Result(ended.value.code, *capsys.readouterr())
        assert "Traceback" not in result.err
        return result

    return command


@pytest.fixture
def report(tmp_path):
    """Read the report that a run left behind."""
    return lambda name="r.json": json.loads((tmp_path / name).read_text())
