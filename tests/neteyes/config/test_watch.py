"""A config file that changes while the loop runs."""

import os
import shutil

import pytest
import typer
from typer.main import get_command

from engines.errors import UsageError
from neteyes.app import app
from neteyes.config import ConfigWatch, use_config

pytestmark = pytest.mark.usefixtures("a_second_a_look")

TEXT = 'view = "labels"\nheight = 256\ninput = "rtsp://admin:${P}@camera/live"\nswap = ["person=bear"]\n'


@pytest.fixture
def watching(file, monkeypatch):
    """`watching(*flags)` is the watch of a `neteyes run` by `mirror.toml` and these flags."""
    monkeypatch.setenv("P", "s3cret")
    path = file(TEXT)
    command = get_command(app).commands["run"]

    def watch(*flags):
        ctx = command.make_context("run", list(flags))
        use_config(ctx, path)
        return ConfigWatch.of_command(ctx)

    return watch


def replace(text):
    """Change the file as editors do: write another, and put it in its place."""
    with open("other", "w") as other:
        other.write(text)
    os.replace("other", "mirror.toml")


def told(watch, *check):
    """What is told once the file is seen to be whole: the first look only finds that it has changed."""
    assert watch.changes(*check) == {}
    return watch.changes(*check)


def test_a_change_is_told_once_by_key_and_value(watching):
    watch = watching()
    assert told(watch) == {}
    replace(TEXT.replace("labels", "overlay") + "mirror = true\n[swap]\n".removesuffix("[swap]\n"))
    assert told(watch) == {"view": "overlay", "mirror": True}
    assert told(watch) == {}


def test_a_key_that_left_has_its_default_again(watching):
    watch = watching()
    replace('view = "labels"\n')
    assert told(watch) == {"height": 512, "input": "scene://duel", "swap": None}


def test_what_means_the_same_is_no_change(watching):
    watch = watching()
    replace("# a word\n" + TEXT.replace('swap = ["person=bear"]', '[swap]\nperson = "bear"'))
    assert told(watch) == {}


def test_what_a_flag_said_stays_said(watching):
    watch = watching("0", "--view", "picture")
    replace('view = "overlay"\ninput = "1"\nheight = 128\nswap = ["person=bear"]\n')
    assert told(watch) == {"height": 128}


def test_a_wrong_file_is_told_once_and_the_one_before_stays_whole(watching):
    watch = watching()
    before = watch.config
    replace('view = "overlay"\nhight = 3\n')
    with pytest.raises(UsageError, match=r"line 2: Unknown key 'hight'"):
        told(watch)
    assert watch.config is before
    assert told(watch) == {}
    replace(TEXT.replace("labels", "overlay"))
    assert told(watch) == {"view": "overlay"}


def test_what_the_run_refuses_is_refused_whole_and_compared_with_what_is_in_force(watching):
    def refuse(changes):
        raise UsageError(f"{changes['swap'][0]} is no swap")

    watch = watching()
    replace('view = "overlay"\n' + TEXT.partition("\n")[2].replace("bear", "baer"))
    with pytest.raises(UsageError, match="person=baer is no swap"):
        told(watch, refuse)
    assert told(watch, refuse) == {}
    replace('view = "overlay"\n' + TEXT.partition("\n")[2])
    assert told(watch) == {"view": "overlay"}


def test_a_file_that_is_gone_for_a_moment_changes_nothing(watching):
    watch = watching()
    os.unlink("mirror.toml")
    assert told(watch) == {}
    replace(TEXT.replace("labels", "overlay"))
    assert told(watch) == {"view": "overlay"}


def test_a_file_that_is_still_being_written_waits(watching):
    """An editor empties the file and writes it: its first half is sound, and means another thing."""
    watch = watching()
    before, after = TEXT.split("height")
    for text in ("", before):
        with open("mirror.toml", "w") as file:
            file.write(text)
        assert watch.changes() == {}
    with open("mirror.toml", "w") as file:
        file.write(before + "height" + after.replace("256", "128"))
    assert told(watch) == {"height": 128}


def test_a_file_of_the_same_size_and_time_is_still_another_one(watching):
    watch = watching()
    stamp = os.stat("mirror.toml")
    replace(TEXT.replace("256", "128"))
    os.utime("mirror.toml", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert told(watch) == {"height": 128}


def test_a_folder_put_in_its_place_whole_is_followed(watching, monkeypatch, tmp_path):
    """Containers mount a config through a link to a folder that is swapped as a whole."""
    monkeypatch.chdir(tmp_path)
    for name, height in (("one", 256), ("two", 128)):
        os.mkdir(name)
        with open(f"{name}/mirror.toml", "w") as written:
            written.write(TEXT.replace("256", str(height)))
    os.unlink("mirror.toml")
    os.symlink("one", "now")
    os.symlink("now/mirror.toml", "mirror.toml")
    watch = watching()
    os.symlink("two", "next")
    os.replace("next", "now")
    assert told(watch) == {"height": 128}


def test_a_change_between_reading_and_watching_is_seen(watching, file, monkeypatch):
    ctx = typer.Context(get_command(app).commands["run"], info_name="run")
    monkeypatch.setenv("P", "s3cret")
    use_config(ctx, file(TEXT))
    replace(TEXT.replace("256", "128"))
    assert told(ConfigWatch.of_command(ctx)) == {"height": 128}


def test_a_new_password_is_a_change_of_the_input_and_is_kept_secret(watching, monkeypatch):
    watch = watching()
    monkeypatch.setenv("P", "n3w")
    shutil.copy("mirror.toml", "other")
    os.replace("other", "mirror.toml")
    assert list(told(watch)) == ["input"]
    assert watch.config.secrets == {"n3w"}
