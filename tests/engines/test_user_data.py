import re
import shutil
from pathlib import Path

import platformdirs
import pytest

from engines.bundle import find_bundle, installed_bundles, open_bundle
from engines.errors import BackendError, BundleError, UsageError
from engines.runtimes.plan_cache import load_plan
from engines.user_data import HOME, bundles_home, home


def test_the_users_data_lie_in_the_systems_folder_for_data(monkeypatch):
    monkeypatch.delenv(HOME, raising=False)
    assert home() == platformdirs.user_data_path("neteyes", appauthor=False)


def test_the_environment_can_name_another_folder(monkeypatch):
    monkeypatch.setenv(HOME, "~/nets")
    assert home() == Path.home() / "nets"


def test_an_installed_bundle_is_opened_by_its_name(monkeypatch, tmp_path):
    monkeypatch.setenv(HOME, str(tmp_path))
    assert installed_bundles() == []
    with pytest.raises(BundleError, match=r"no bundle 'mine'. Known: small"):
        open_bundle("mine")
    shutil.copytree(find_bundle("small"), bundles_home() / "mine")
    assert open_bundle("mine").folder == tmp_path / "bundles" / "mine"
    with pytest.raises(BundleError, match="Known: mine, small"):
        open_bundle("yours")


def test_an_installed_bundle_never_replaces_one_that_comes_with_neteyes(monkeypatch, tmp_path):
    shipped = find_bundle("small")
    monkeypatch.setenv(HOME, str(tmp_path))
    shutil.copytree(shipped, bundles_home() / "small")
    assert find_bundle("small") == shipped


def as_a_file(tmp_path):
    (tmp_path / "data").write_text("no folder")
    return str(tmp_path / "data")


def in_a_circle(tmp_path):
    (tmp_path / "bundles").symlink_to("bundles")
    return str(tmp_path)


@pytest.mark.parametrize(
    ("named", "why"),
    [
        (lambda tmp_path: "~nosuch/x", r"NETEYES_HOME is '~nosuch/x', and there is no such user"),
        (lambda tmp_path: f"{tmp_path}/{'x' * 300}", "File name too long"),
        (as_a_file, "Not a directory"),
        (in_a_circle, "Too many levels of symbolic links"),
    ],
    ids=["no such user", "too long", "a file", "a circle"],
)
def test_an_odd_folder_costs_only_the_bundles_in_it(named, why, monkeypatch, tmp_path, caplog):
    monkeypatch.setenv(HOME, named(tmp_path))
    assert open_bundle("small").name == "small"
    (warning,) = caplog.messages
    assert warning.startswith("No installed bundle is found: ")
    assert re.search(why, warning)
    with pytest.raises(BundleError, match=r"no bundle 'mine'\. Known: small"):
        find_bundle("mine")


def test_a_bundle_that_cannot_be_read_costs_only_itself(monkeypatch, tmp_path, caplog):
    monkeypatch.setenv(HOME, str(tmp_path))
    shutil.copytree(find_bundle("small"), bundles_home() / "mine")
    (bundles_home() / "odd").symlink_to("odd")
    assert [folder.name for folder in installed_bundles()] == ["mine"]


def test_installing_into_the_home_of_an_unknown_user_is_refused(monkeypatch):
    monkeypatch.setenv(HOME, "~nosuch/x")
    with pytest.raises(UsageError, match=r"no such user\. Name another folder"):
        home()


def test_a_plan_in_the_home_of_an_unknown_user_is_an_error(monkeypatch):
    monkeypatch.setenv(HOME, "~nosuch/x")
    with pytest.raises(BackendError, match=r"No plan can be found: .*no such user"):
        load_plan(open_bundle("small").segment, None)
