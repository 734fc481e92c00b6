"""A certificate counts for the files and the runtimes that it names, and for no others."""

import json
import shutil

import pytest

from engines.backends import BACKENDS, backend_of, probe
from engines.bundle import find_bundle, read_bundle
from engines.card import CARD
from engines.certificate import CERTIFICATE, certified_with, not_certified, read_certificate, runtime_of
from engines.errors import BundleError

RUNTIMES = [backend.name for backend in BACKENDS]


@pytest.fixture
def folder(tmp_path):
    """A copy of the bundle that ships."""
    return shutil.copytree(find_bundle("small"), tmp_path / "small")


@pytest.fixture
def change(folder):
    """Return a function that changes the certificate's content and writes it."""

    def change(work):
        content = json.loads((folder / CERTIFICATE).read_text())
        work(content)
        (folder / CERTIFICATE).write_text(json.dumps(content))
        return read_bundle(folder)

    return change


def test_the_shipped_bundle_is_certified_with_every_runtime_and_its_version(folder):
    runtimes = read_certificate(read_bundle(folder)).runtimes
    assert {name for name, _ in runtimes} == set(RUNTIMES)
    assert all(runtimes.values())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is no certificate"),
        ("{}", "is no certificate"),
        ('{"limits": {}, "graphs": {}, "engines": []}', "names no runtime that was compared"),
        ("\x00", "is no certificate"),
        ("[]", "is no certificate"),
    ],
)
def test_an_empty_certificate_certifies_nothing(folder, content, words):
    (folder / CERTIFICATE).write_text(content)
    with pytest.raises(BundleError, match=words):
        read_certificate(read_bundle(folder))


def test_runtimes_that_refused_the_graphs_certify_nothing(change):
    def refuse(content):
        for engine in content["engines"]:
            engine["labels"] = engine["mean"] = None

    with pytest.raises(BundleError, match="names no runtime that was compared"):
        read_certificate(change(refuse))


@pytest.mark.parametrize("net", ["segment", "synthesize"])
def test_a_certificate_of_other_graphs_is_none(change, net):
    def other(content):
        content["graphs"][net]["sha256"] = "0" * 64

    with pytest.raises(BundleError, match=rf"of other files: .* {net}\.onnx"):
        read_certificate(change(other))


def test_a_file_that_a_runtime_opens_in_place_of_a_graph_is_certified_too(folder, change):
    variant = "5" * 64
    card = (folder / CARD).read_text()
    marker = "[synthesize.variants]\n"
    named = f'[synthesize.variants]\nopenvino = {{file = "quick.onnx", sha256 = "{variant}"}}\n'
    assert marker in card
    (folder / CARD).write_text(card.replace(marker, named, 1))
    with pytest.raises(BundleError, match=r"of other files: .* quick\.onnx"):
        read_certificate(read_bundle(folder))

    def add(content):
        content["graphs"]["synthesize"]["variants"] = {"quick.onnx": variant}

    read_certificate(change(add))


def test_a_runtime_or_version_that_is_not_among_those_compared_is_told(change):
    name = RUNTIMES[0]
    here = probe(backend_of(name))

    def only(version):
        def work(content):
            for size in (content, *content.get("sizes", ())):
                size["engines"] = [
                    {"backend": f"{name} (CPU)", "runtime": name, "version": version, "labels": 1}
                ]

        return read_certificate(change(work))

    assert not_certified(only(here), name) is None
    said = not_certified(only("1.2.3"), name)
    assert f"{name} {here} is not among" in said
    assert f"made with {name} 1.2.3" in said
    assert f"{RUNTIMES[1]} " in not_certified(only(here), RUNTIMES[1])


def test_an_old_certificate_tells_no_version_and_so_certifies_none(change):
    def old(content):
        for size in (content, *content.get("sizes", ())):
            for engine in size["engines"]:
                engine.pop("runtime", None)
                engine.pop("version", None)

    certificate = read_certificate(change(old))
    assert "openvino of a version not told" in str(certificate)
    assert "is not among" in not_certified(certificate, "openvino")


def test_what_a_run_tells_of_its_nets(folder):
    backends = [f"{name} (CPU)" for name in RUNTIMES]
    names, _ = certified_with(read_bundle(folder), backends)
    assert [runtime_of(name) for name in names] == RUNTIMES
    (folder / CERTIFICATE).unlink()
    names, warnings = certified_with(read_bundle(folder), backends)
    assert names == []
    assert "has no certificate" in warnings[0]


@pytest.mark.parametrize("name", RUNTIMES)
def test_an_engine_is_called_by_the_name_of_its_runtime(folder, name):
    engine = read_bundle(folder).open("segment", name, threads=1)
    assert runtime_of(engine.backend) == name
    engine.close()
