"""The examples in the docstrings of public names do what they show."""

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize(
    "module", ["neteyes.options", "neteyes.api.eyes", "neteyes.api.frames", "neteyes.api.runs"]
)
def test_the_examples_of_a_module(module: str, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = doctest.testmod(import_module(module))
    assert result.attempted
    assert not result.failed
