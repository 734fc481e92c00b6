import shutil
from pathlib import Path

import platformdirs
import pytest

from engines.bundle import find_bundle, installed_bundles, open_bundle
from engines.errors import BundleError
from engines.user_data import HOME, bundles_home, home


def test_the_users_data_lie_where_the_system_keeps_them(monkeypatch):
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


def test_no_installed_bundle_hides_one_that_comes_with_neteyes(monkeypatch, tmp_path):
    shipped = find_bundle("small")
    monkeypatch.setenv(HOME, str(tmp_path))
    shutil.copytree(shipped, bundles_home() / "small")
    assert find_bundle("small") == shipped
