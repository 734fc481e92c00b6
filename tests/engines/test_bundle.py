import shutil
from pathlib import Path

import pytest

from engines.bundle import find_bundle, open_bundle, sha256_of, shipped_bundles, typed
from engines.card import CARD
from engines.errors import BundleError, UsageError


@pytest.fixture
def bundle(tmp_path):
    """A copy of the shipped bundle that a test may damage."""
    return shutil.copytree(find_bundle("small"), tmp_path / "mine")


def change_card(bundle, old, new):
    card = bundle / CARD
    text = card.read_text("utf-8")
    assert old in text
    card.write_text(text.replace(old, new, 1), "utf-8")


def test_the_small_bundle_comes_with_neteyes_in_three_shapes_and_fits_in_twelve_megabytes():
    assert "small" in [path.name for path in shipped_bundles()]
    bundle = open_bundle("small")
    assert sum(path.stat().st_size for path in bundle.files) <= 12_000_000
    assert bundle.sizes == ((256, 256), (192, 352), (352, 192))
    assert len(bundle.card.segment.space) == 182
    assert {path.name for path in bundle.files} >= {path.name for path in bundle.folder.glob("*.onnx")}


def test_a_folder_is_opened_by_its_path(bundle):
    assert open_bundle(bundle).segment.parent == bundle


def test_a_bare_name_never_means_a_folder_in_the_current_folder(bundle, monkeypatch):
    monkeypatch.chdir(bundle.parent)
    shipped = find_bundle("small")
    bundle.rename("small")
    assert find_bundle("small") == shipped
    assert find_bundle("./small").samefile("small")
    assert find_bundle("small/").samefile("small")
    Path("small").rename("mine")
    with pytest.raises(BundleError, match=r"no bundle 'mine'.*give it as \./mine\."):
        find_bundle("mine")
    assert find_bundle(typed(Path("mine"))).samefile("mine")


@pytest.mark.parametrize("name", ["", ".", "none"])
def test_a_text_that_is_neither_a_name_nor_a_folder_is_refused(name, bundle, monkeypatch):
    monkeypatch.chdir(bundle)
    with pytest.raises(BundleError, match="Known: "):
        find_bundle(name)
    with pytest.raises(BundleError, match=r"no folder '\./none'"):
        find_bundle("./none")


def test_an_altered_graph_is_refused(bundle):
    graph = open_bundle(bundle).segment
    content = bytearray(graph.read_bytes())
    content[len(content) // 2] ^= 1
    graph.write_bytes(content)
    with pytest.raises(BundleError, match=r"segment\.onnx was altered"):
        open_bundle(bundle)


def test_a_missing_graph_is_named(bundle):
    (bundle / "synthesize.onnx").unlink()
    with pytest.raises(BundleError, match=r"lacks synthesize\.onnx"):
        open_bundle(bundle)


def test_an_unknown_key_is_answered_with_the_nearest(bundle):
    change_card(bundle, "[segment]\n", "[segment]\nlabel = 'voc'\n")
    with pytest.raises(BundleError, match=r"\[segment\] has an unknown key 'label'.*'labels'"):
        open_bundle(bundle)


def test_a_wrong_type_is_named_with_its_key(bundle):
    change_card(bundle, "size = [256, 256]", "size = '256x256'")
    with pytest.raises(BundleError, match=r"segment\.size"):
        open_bundle(bundle)


def test_a_card_of_another_format_is_refused(bundle):
    change_card(bundle, "format = 1", "format = 2")
    with pytest.raises(BundleError, match="format 1"):
        open_bundle(bundle)


def test_an_unknown_label_space_is_refused(bundle):
    change_card(bundle, 'labels = "coco-stuff"', 'labels = "coco"')
    with pytest.raises(BundleError, match=r"unknown label space 'coco'.*coco-stuff"):
        open_bundle(bundle)


def test_a_card_that_is_not_toml_is_refused(bundle):
    (bundle / CARD).write_text("format: 1")
    with pytest.raises(BundleError, match="not TOML"):
        open_bundle(bundle)


def test_the_error_for_an_unknown_bundle_lists_the_known_ones():
    with pytest.raises(BundleError, match="small"):
        open_bundle("large")


def test_a_folder_without_a_card_is_no_bundle(tmp_path):
    with pytest.raises(BundleError, match=r"no model\.toml"):
        open_bundle(tmp_path)


@pytest.mark.parametrize("name", ["../../.bashrc", "/etc/passwd", "a/b.onnx", "..", ".hidden", ""])
def test_a_card_cannot_name_a_file_elsewhere(bundle, name):
    change_card(bundle, 'file = "segment.onnx"', f'file = "{name}"')
    with pytest.raises(BundleError, match=r"is not a card of format 1.*segment"):
        open_bundle(bundle)


def test_a_card_cannot_steer_the_terminal(bundle):
    change_card(bundle, 'license = "', 'license = "\\u001b]0;owned\\u0007')
    with pytest.raises(BundleError, match="would steer a terminal"):
        open_bundle(bundle)


def give_sizes(bundle, *, label_map="[384, 224]"):
    """Give a bundle a second size, whose graphs are copies, and a file of weights."""
    shutil.copyfile(bundle / "segment.onnx", bundle / "wide.onnx")
    (bundle / "wide.weights").write_bytes(b"weights")
    wide, weights = (sha256_of(bundle / name) for name in ("wide.onnx", "wide.weights"))
    change_card(bundle, "[weights]\n", f'[weights]\n"wide.weights" = "{weights}"\n')
    with (bundle / CARD).open("a", encoding="utf-8") as card:
        card.write(
            f'\n[[sizes]]\n[sizes.segment]\nfile = "wide.onnx"\nsha256 = "{wide}"\nsize = [384, 224]\n'
            f'[sizes.synthesize]\nfile = "wide.onnx"\nsha256 = "{wide}"\nsize = {label_map}\n'
        )


@pytest.fixture
def square(bundle):
    """A copy of the shipped bundle with its first size alone."""
    text = (bundle / CARD).read_text("utf-8")
    (bundle / CARD).write_text(text.partition("\n[[sizes]]")[0], "utf-8")
    return bundle


def test_a_size_is_asked_for_by_its_width_and_height(square):
    give_sizes(square)
    nets = open_bundle(square)
    assert nets.sizes == ((256, 256), (224, 384))
    assert nets.at() == nets.at((256, 256)) != nets.at((224, 384))
    wide = nets.at((224, 384))
    assert (wide.segment.name, wide.synthesize.name, wide.sizes) == ("wide.onnx", "wide.onnx", ((224, 384),))
    assert wide.card.segment.trained == nets.card.segment.trained


def test_a_size_that_a_bundle_does_not_have_is_answered_with_those_it_has(square):
    give_sizes(square)
    with pytest.raises(UsageError, match=r"'small' has no size 512x256\. It has: 256x256, 384x224\."):
        open_bundle(square).at((256, 512))


@pytest.mark.parametrize("name", ["wide.onnx", "wide.weights"])
def test_an_altered_file_of_any_size_is_refused(square, name):
    give_sizes(square)
    (square / name).write_bytes(b"altered")
    with pytest.raises(BundleError, match=f"{name} was altered"):
        open_bundle(square)


def test_a_size_that_a_card_has_twice_is_refused(square):
    give_sizes(square, label_map="[256, 256]")
    with pytest.raises(BundleError, match="has the size 256x256 twice"):
        open_bundle(square)


def test_weights_in_another_folder_are_refused(square):
    give_sizes(square)
    change_card(square, '"wide.weights" =', '"../wide.weights" =')
    with pytest.raises(BundleError, match=r"is not a card of format 1.*weights"):
        open_bundle(square)
