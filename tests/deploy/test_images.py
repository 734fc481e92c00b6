"""The Dockerfiles: images are not built here, but all that they name must be there."""

import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest
import typer

from neteyes.app import app
from neteyes.watching.addresses import parse_address

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
IMAGES = [DEPLOY / "Dockerfile", DEPLOY / "Dockerfile.serve", DEPLOY / "Dockerfile.cuda"]
PROCESSOR_IMAGES = IMAGES[:2]
UNITS = [DEPLOY / "neteyes.service", DEPLOY / "neteyes-serve.service"]


def instructions(image):
    """(instruction, argument) of each line, continued lines joined, comments left out."""
    text = re.sub(r"^\s*#.*\n", "", image.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    return [tuple(line.split(maxsplit=1)) for line in text.splitlines() if line.strip()]


def all_of(image, name):
    return [argument for instruction, argument in instructions(image) if instruction == name]


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def copied(image):
    """What comes from the repository."""
    words = [argument.split() for argument in all_of(image, "COPY") if not argument.startswith("--from")]
    return {source for *sources, _ in words for source in sources}


def options_of(name):
    return {option for parameter in commands()[name].params for option in parameter.opts}


def commands():
    return typer.main.get_command(app).commands


def started():
    """How each of the files in deploy/ starts neteyes: the words behind `neteyes`."""
    units = [re.search(r"^ExecStart=\S+ (.*)$", unit.read_text(), re.MULTILINE) for unit in UNITS]
    lines = [shlex.split(line[1]) for line in units]
    for image in IMAGES:
        for name in ("ENTRYPOINT", "HEALTHCHECK"):
            (argument,) = all_of(image, name)
            program, *words = json.loads(argument[argument.index("[") :])
            assert program in project()["project"]["scripts"]
            lines.append(words)
    return lines


@pytest.mark.parametrize("image", IMAGES, ids=lambda image: image.name)
def test_all_that_is_copied_is_there_and_is_all_that_the_package_wants(image):
    sources = copied(image)
    assert all((ROOT / source).exists() for source in sources)
    facts = project()
    wanted = {facts["project"]["readme"], "pyproject.toml", "constraints.txt"}
    wanted |= {Path(name).parts[0] for name in facts["project"]["license-files"]}
    wanted |= set(facts["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    assert wanted == sources


@pytest.mark.parametrize("image", IMAGES, ids=lambda image: image.name)
def test_the_extras_that_are_installed_exist_and_are_of_the_versions_that_were_tried(image):
    (extras,) = re.findall(
        r"pip\b.* install --no-cache-dir -c constraints\.txt '\.\[([\w,]+)\]'", image.read_text()
    )
    assert set(extras.split(",")) <= set(project()["project"]["optional-dependencies"])


@pytest.mark.parametrize("image", PROCESSOR_IMAGES, ids=lambda image: image.name)
def test_the_images_for_processors_carry_no_pip(image):
    """Python's own image has a pip that installs into another environment, so neteyes' needs none."""
    text = image.read_text()
    assert "venv --without-pip /opt/neteyes" in text
    assert "pip --python /opt/neteyes/bin/python install" in text
    assert "/opt/neteyes/bin/pip" not in text


@pytest.mark.parametrize("image", IMAGES, ids=lambda image: image.name)
def test_the_systems_packages_are_those_that_a_run_wants(image):
    script = (ROOT / "tools" / "system-packages").read_text()
    wanted = set(re.search(r'^run\) wanted="([^"]*)"', script, re.MULTILINE)[1].split()) - {"python3-venv"}
    assert wanted <= set(all_of(image, "RUN")[-1].split())


@pytest.mark.parametrize("image", IMAGES, ids=lambda image: image.name)
def test_nothing_runs_as_root_and_no_secret_is_built_in(image):
    assert all_of(image, "USER")[-1] == "10001"
    built = "".join(map(" ".join, instructions(image)))
    assert not re.search(r"(?i)token=|password", built)
    assert not all_of(image, "ADD")


def test_the_commands_are_real():
    assert {words[0] for words in started()} <= set(commands())


def test_the_options_are_real():
    for command, *words in started():
        typed = {word for word in words if word.startswith("--")}
        assert typed <= options_of(command), command


def test_a_mirror_for_others_is_encrypted_and_takes_its_token_from_the_environment():
    mirrors = [words for words in started() if words[0] == "serve"]
    assert len(mirrors) == 2
    for words in mirrors:
        assert {"--https", "--log-json"} <= set(words) and "--token" not in words
        assert parse_address(words[words.index("--listen") + 1], "some-token").port == 8710
    assert "EnvironmentFile=-/etc/neteyes/secrets" in (DEPLOY / "neteyes-serve.service").read_text()


def test_the_readme_names_no_file_that_is_not_there():
    text = (DEPLOY / "README.md").read_text()
    for name in (
        *re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE),
        *re.findall(r"\]\((\.\./[^)]+)\)", text),
    ):
        assert (DEPLOY / name).exists(), name
