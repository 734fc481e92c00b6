"""When a file that has changed is whole."""

import pytest

from neteyes.file_watch import FileWatch, stamp_of


@pytest.fixture
def clock(monkeypatch):
    """`clock[0]` is the time."""
    times = [0.0]
    monkeypatch.setattr("neteyes.file_watch.monotonic", lambda: times[0])
    return times


def test_however_often_it_is_looked_at_a_file_that_is_being_written_waits(tmp_path, clock):
    """An editor across a network truncates it, and writes when the server has answered."""
    path = tmp_path / "mirror.toml"
    path.write_text("steadiness = 0.5")
    lookout = FileWatch(path, stamp_of(path))
    path.write_text("")
    for _ in range(20):
        clock[0] += 1 / 60
        assert not lookout.changed()
    path.write_text("steadiness = 0.8")
    while not lookout.changed():
        clock[0] += 1 / 60
    assert clock[0] > 20 / 60 + 0.45
    clock[0] += 60
    assert not lookout.changed(), "each change once"
