"""Checkpoints load whole and safely, or give one message that names the fault."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from engines.errors import CheckpointError, UsageError
from export.checkpoints import Painter, load_deeplab, load_spade, plain_weights
from export.nets.deeplab import DeepLabV3Plus
from export.nets.deeplab_v2 import DeepLabV2


def same(one: nn.Module, other: nn.Module) -> bool:
    ours, theirs = one.state_dict(), other.state_dict()
    return ours.keys() == theirs.keys() and all(torch.equal(ours[key], theirs[key]) for key in ours)


def test_our_own_segmenter_comes_back(segmenter: DeepLabV3Plus, segmenter_file: Path) -> None:
    loaded = load_deeplab(segmenter_file)
    assert same(loaded, segmenter)
    assert loaded.label_ids == segmenter.label_ids
    assert not loaded.training


def test_our_own_painter_comes_back(painter: Painter, painter_file: Path) -> None:
    loaded = load_spade(painter_file)
    assert same(loaded.net, painter.net)
    assert (loaded.trained, loaded.siblings) == (painter.trained, painter.siblings)
    assert not loaded.net.training


def spectral_state() -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """Return the weight that torch's spectral norm computes with, and the state as torch ≥ 1.1 saved it."""
    torch.manual_seed(0)
    conv = spectral_norm(nn.Conv2d(6, 4, 3), n_power_iterations=3).eval()
    state = conv.state_dict()
    saved = {
        "block.conv.weight_orig": state["parametrizations.weight.original"],
        "block.conv.weight_u": state["parametrizations.weight.0._u"],
        "block.conv.weight_v": state["parametrizations.weight.0._v"],
        "block.conv.bias": state["bias"],
    }
    return conv.weight.detach(), saved


def test_spectral_norm_is_divided_out() -> None:
    weight, saved = spectral_state()
    plain = plain_weights(saved)
    assert plain.keys() == {"block.conv.weight", "block.conv.bias"}
    torch.testing.assert_close(plain["block.conv.weight"], weight)


def test_spectral_norm_as_torch_1_0_saved_it() -> None:
    weight, saved = spectral_state()
    del saved["block.conv.weight_v"]
    plain = plain_weights(saved | {"block.conv.weight": weight})
    assert plain.keys() == {"block.conv.weight", "block.conv.bias"}
    assert torch.equal(plain["block.conv.weight"], weight)


def one_message(load: Callable[[Path], object], path: Path) -> str:
    with pytest.raises(CheckpointError) as caught:
        load(path)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message and len(message) < 600
    return message


@pytest.fixture(scope="module")
def flat_file(tmp_path_factory: pytest.TempPathFactory) -> Callable[[dict[str, Any], str], Path]:
    folder = tmp_path_factory.mktemp("flat")

    def write(content: dict[str, Any], name: str) -> Path:
        if name.endswith(".safetensors"):
            save_file(content, folder / name)
        else:
            torch.save(content, folder / name)
        return folder / name

    return write


@pytest.mark.parametrize("name", ["net.pth", "net.safetensors"])
def test_the_first_keys_that_do_not_fit_are_named(
    flat_file: Callable[[dict[str, Any], str], Path], name: str
) -> None:
    with torch.device("meta"):
        keys = list(DeepLabV2().state_dict())
    content = {key: torch.zeros(()) for key in keys if key.endswith("num_batches_tracked")}
    content |= {"base.aspp.c0.weight": torch.zeros(21, 2048, 1, 1), "module.extra": torch.zeros(2)}
    message = one_message(load_deeplab, flat_file(content, name))
    assert "missing: base.layer1.conv1.conv.weight, " in message
    assert "1 unknown: module.extra" in message
    assert "1 misshapen: base.aspp.c0.weight 21×2048×1×1 instead of 182×2048×3×3" in message


def test_one_net_for_the_other(segmenter_file: Path, painter_file: Path) -> None:
    assert "is not the published SPADE" in one_message(load_spade, segmenter_file)
    assert "is not the published DeepLab v2" in one_message(load_deeplab, painter_file)


def test_our_own_file_that_lacks_a_part(segmenter_file: Path, painter_file: Path, tmp_path: Path) -> None:
    for load, file, key in ((load_deeplab, segmenter_file, "width"), (load_spade, painter_file, "trained")):
        content = torch.load(file, weights_only=True)
        del content[key]
        torch.save(content, tmp_path / "lacking.pt")
        assert f"lacks {key}" in one_message(load, tmp_path / "lacking.pt")


class Trap:
    def __reduce__(self) -> tuple[Any, ...]:
        return (exec, ("raise SystemExit('a checkpoint ran code')",))


def test_a_checkpoint_never_runs_code(tmp_path: Path) -> None:
    path = tmp_path / "trap.pth"
    torch.save({"weight": Trap()}, path)
    assert "could run code" in one_message(load_spade, path)


@pytest.mark.parametrize("content", [b"", b"not a checkpoint at all", b"PK\x03\x04 cut off"])
@pytest.mark.parametrize("name", ["net.pth", "net.safetensors"])
def test_a_file_that_is_no_checkpoint(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    message = one_message(load_deeplab, path)
    assert re.search("cannot be read as a checkpoint|is no checkpoint", message)


def test_a_file_that_is_not_there_or_holds_something_else(tmp_path: Path) -> None:
    assert "There is no checkpoint" in one_message(load_deeplab, tmp_path / "none.pth")
    torch.save([1, 2, 3], tmp_path / "list.pth")
    assert "holds list" in one_message(load_deeplab, tmp_path / "list.pth")


def test_a_torch_that_cannot_load_safely_is_refused(
    segmenter_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch, "__version__", "2.5.1+cpu")
    with pytest.raises(CheckpointError, match=r"torch 2\.5\.1\+cpu cannot load checkpoints safely"):
        load_deeplab(segmenter_file)


@pytest.mark.slow
def test_the_published_spade_in_both_spellings(standin: Callable[..., Path]) -> None:
    new, old = (load_spade(standin("spade", salt=7, old=old)) for old in (False, True))
    for ours, theirs in zip(new.net.parameters(), old.net.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-7)
    assert old.trained == tuple(range(182))


def test_live_leaves_out_all_scales_but_the_full_one(narrow_file: Path) -> None:
    full, live = load_deeplab(narrow_file), load_deeplab(narrow_file, "live")
    assert same(full, live)
    frame = torch.zeros(1, 3, 41, 65)
    seen: list[torch.Size] = []
    for net in (full, live):
        assert isinstance(net, DeepLabV2)
        net.base.register_forward_pre_hook(lambda _, args: seen.append(args[0].shape[2:]))
        net(frame)
    assert seen == [(41, 65), (20, 32), (30, 48), (41, 65)]


def test_a_net_of_one_scale_has_no_live_quality(segmenter_file: Path) -> None:
    with pytest.raises(UsageError, match="a net of one scale"):
        load_deeplab(segmenter_file, "live")
