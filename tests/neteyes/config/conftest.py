"""What tests of the config file share."""

import pytest


@pytest.fixture
def file(tmp_path, monkeypatch):
    """`file(text)` writes `mirror.toml` in the working folder and returns its path."""
    monkeypatch.chdir(tmp_path)

    def write(text):
        path = tmp_path / "mirror.toml"
        path.write_text(text, "utf-8")
        return path.relative_to(tmp_path)

    return write
