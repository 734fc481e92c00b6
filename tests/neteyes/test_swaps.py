"""Swaps from the command line and from a file that changes while the loop runs."""

import os

import pytest

from engines.bundle import read_bundle, shipped_bundles
from engines.errors import UsageError
from neteyes.swaps import Swaps
from stream.sinks.null import NullSink

pytestmark = pytest.mark.usefixtures("a_second_a_look")

BUNDLE = read_bundle(shipped_bundles()[0])


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "swaps.txt"
    path.write_text("person=tree\n")
    return path


def replace(path, text):
    """Change a file as editors do: write another, and put it in its place."""
    other = path.with_suffix(".new")
    other.write_text(text)
    os.replace(other, path)


def reloaded(swaps):
    """Whether there are new swaps once the file is seen to be whole: the first look only finds it changed."""
    assert not swaps.reloaded()
    return swaps.reloaded()


def test_what_is_typed_beats_the_file(file):
    assert Swaps(BUNDLE, ["person=bear"], file).table == {"person": "bear"}


def test_a_changed_file_is_read_again_once(file):
    swaps = Swaps(BUNDLE, [], file)
    assert not reloaded(swaps)
    replace(file, "person=bear\nsky=sea\n")
    assert reloaded(swaps)
    assert swaps.table == {"person": "bear", "sky": "sea"}
    assert not reloaded(swaps)


def test_a_file_that_is_still_being_written_waits(file):
    """Its first half is sound by itself, and means another thing."""
    swaps = Swaps(BUNDLE, [], file)
    file.write_text("person=bear\n")
    assert not swaps.reloaded()
    file.write_text("person=bear\nsky=sea\n")
    assert reloaded(swaps)
    assert swaps.table == {"person": "bear", "sky": "sea"}


def test_a_file_of_the_same_size_and_time_is_still_another_one(file):
    swaps = Swaps(BUNDLE, [], file)
    stamp = file.stat()
    replace(file, "person=bear\n")
    os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert reloaded(swaps)
    assert swaps.table == {"person": "bear"}


def test_a_file_that_is_gone_for_a_moment_changes_nothing(file):
    swaps = Swaps(BUNDLE, [], file)
    file.unlink()
    assert not reloaded(swaps)
    file.write_text("person=bear\n")
    assert reloaded(swaps)
    assert swaps.table == {"person": "bear"}


def test_a_file_gone_wrong_is_named_once_and_the_swaps_before_stay(file):
    swaps = Swaps(BUNDLE, [], file)
    replace(file, "person=persn\n")
    with pytest.raises(UsageError, match="persn"):
        reloaded(swaps)
    assert swaps.table == {"person": "tree"}
    assert not reloaded(swaps)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.write_bytes(b"caf\xe9=dog\n"), "not UTF-8"),
        (lambda path: (path.unlink(), path.mkdir()), "Is a directory"),
        (lambda path: path.unlink(), "No such file"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_usage_error(file, spoil, message):
    spoil(file)
    with pytest.raises(UsageError, match=message):
        Swaps(BUNDLE, [], file)


@pytest.mark.alone
def test_a_run_takes_up_new_swaps_and_says_so(neteyes, file, monkeypatch, await_words):
    write = NullSink.write

    def edit(sink, frame):
        if frame.index == 3:
            replace(file, "person=persn\n")
        if frame.index == 20:
            await_words("The swaps before stay.")
            replace(file, "person=toothbrush\n")
        if frame.index == 40:
            await_words("toothbrush")
        return write(sink, frame)

    monkeypatch.setattr(NullSink, "write", edit)
    arguments = ("--no-pace", "--frames", 60, "--height", 64, "--swap-file", file)
    result = neteyes("run", "scene://duel?size=256x256", "null://", *arguments)
    assert result.code == 0
    assert "The swaps before stay." in result.err
    assert "Swaps read again" in result.err
    assert "never trained on 'toothbrush'" in result.err
