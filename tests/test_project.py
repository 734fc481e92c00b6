"""What an installation gets: versions that were tried together, and licences for all that is in it."""

import re
import tomllib
from pathlib import Path

from packaging.licenses import canonicalize_license_expression
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from engines.bundle import open_bundle

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
FACTS = PROJECT["project"]
ON_A_GPU = ("gpu", "pycuda")


def asked_for(*, gpu: bool) -> list[Requirement]:
    """All that the package and its extras ask for; `gpu` says whether those too that want a GPU."""
    extras = FACTS["optional-dependencies"]
    lists = [FACTS["dependencies"], *(extras[name] for name in extras if gpu or name not in ON_A_GPU)]
    found = [Requirement(line) for lines in lists for line in lines]
    return [requirement for requirement in found if requirement.name != FACTS["name"]]  # an extra in another


def locked() -> dict[str, str]:
    """Package → version of each line of constraints.txt."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in pins}


def left_to_the_user() -> set[str]:
    return {canonicalize_name(name) for name in PROJECT["tool"]["uv"]["pip"]["no-emit-package"]}


def test_every_package_is_locked_at_a_version_that_its_range_allows() -> None:
    pins = locked()
    for requirement in asked_for(gpu=False):
        name = canonicalize_name(requirement.name)
        if name not in left_to_the_user():
            assert pins[name] in requirement.specifier, requirement


def test_the_lock_leaves_a_gpu_user_free_to_fit_the_driver() -> None:
    own = {canonicalize_name(requirement.name) for requirement in asked_for(gpu=True)}
    own -= {canonicalize_name(requirement.name) for requirement in asked_for(gpu=False)}
    assert own
    assert not (own | left_to_the_user()) & set(locked())
    assert not any(re.match(r"nvidia-(?!ml-py)|cuda-|triton", name) for name in locked())


def test_the_lock_names_no_server_and_no_build_of_one_machine() -> None:
    text = (ROOT / "constraints.txt").read_text()
    assert not re.search(r"://|--\w+-url|\+cpu|\+cu\d", text)


def test_the_licence_names_what_the_weights_are_under_and_brings_the_texts() -> None:
    expression = FACTS["license"]
    assert canonicalize_license_expression(expression) == expression
    files = FACTS["license-files"]
    for licence in expression.split(" AND "):
        name = "LICENSE" if licence == "MIT" else f"LICENSES/{licence}.txt"
        assert name in files
        assert (ROOT / name).read_text().strip()
    notice = (ROOT / "NOTICE").read_text()
    origin = "deeplabv3_mnv2_ade20k_int8.tflite"
    assert any(origin in credit for credit in open_bundle("small").card.credits)
    assert origin in notice and "NOTICE" in files
