"""Load checkpoint files, published ones and our own, as nets to build graphs from.

Nothing in a file is ever executed: only tensors and plain values are read.
"""

import pickle
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from engines.card import Quality
from engines.errors import CheckpointError, UsageError
from export.nets.deeplab import DeepLabV3Plus
from export.nets.deeplab_v2 import DeepLabV2
from export.nets.spade import Generator, SpadeConfig

Net = TypeVar("Net", bound=nn.Module)

_SAFE_TORCH = (2, 6)  # before it, `weights_only=True` could be made to run code


@dataclass(frozen=True, slots=True)
class Painter:
    """A generator and the label ids of its channels.

    Attributes:
        net: the generator, in evaluation mode.
        trained: the label id of each channel.
        siblings: an id that was not trained → the trained id that is painted for it.
    """

    net: Generator
    trained: tuple[int, ...]
    siblings: Mapping[int, int] = field(default_factory=dict)


def load_deeplab(path: Path, quality: Quality = "full") -> DeepLabV2 | DeepLabV3Plus:
    """Load a segmenter: the published DeepLab v2 or one of our own.

    Args:
        path: the checkpoint.
        quality: `full` is the net as published; `live` leaves out all scales of DeepLab v2 but the full one.

    Returns:
        The net, in evaluation mode.

    Raises:
        CheckpointError: the file cannot be read, or is of another net; the message names the first keys
            that are missing, unknown or misshapen.
        UsageError: the quality is `live` and the net has one scale.
    """
    content = _read(path)
    if content.get("net") == DeepLabV3Plus.name:
        if quality == "live":
            raise UsageError(
                f"{path} is a net of one scale, so `live` has no scale to drop. Leave out --quality live."
            )
        _demand(content, ("label_ids", "width", "state"), path)
        small = DeepLabV3Plus(tuple(content["label_ids"]), content["width"])
        return _fit(small, content["state"], path, "the small DeepLab")
    whole = DeepLabV2() if quality == "full" else DeepLabV2(scales=())
    return _fit(whole, content, path, "the published DeepLab v2")


def load_spade(path: Path) -> Painter:
    """Load a generator: the published COCO-Stuff one or one of our own.

    Raises:
        CheckpointError: as for `load_deeplab`.
    """
    content = _read(path)
    if content.get("kind") == "painter":
        _demand(content, ("config", "trained", "siblings", "state"), path)
        try:
            small = Generator(SpadeConfig(**content["config"]))
        except TypeError as error:
            raise CheckpointError(f"{path} was made by another version of neteyes: {error}.") from error
        net = _fit(small, content["state"], path, "the small SPADE")
        if (look := content.get("look")) is not None:
            net.keep_look(look)
        return Painter(net, tuple(content["trained"]), content["siblings"])
    config = SpadeConfig()
    net = _fit(Generator(config), plain_weights(content), path, "the published SPADE")
    return Painter(net, tuple(range(config.labels)))


def plain_weights(state: Mapping[str, Any]) -> dict[str, Any]:
    """Divide the spectral norm out of a state dict, in either of its two formats.

    Since torch 1.1 `weight_orig`, `weight_u` and `weight_v` are saved, and weight = weight_orig / (uᵀ W v)
    with W = weight_orig as a matrix of one row an output channel. torch 1.0 saved that `weight` itself.
    Miyato et al., *Spectral Normalization for Generative Adversarial Networks* (ICLR 2018).
    """
    plain = dict(state)
    for key in [key for key in state if key.endswith(".weight_orig")]:
        stem = key.removesuffix("_orig")
        u, v = plain.get(f"{stem}_u"), plain.get(f"{stem}_v")
        if stem not in plain:
            if not (isinstance(u, Tensor) and isinstance(v, Tensor)):
                continue  # `_fit` reports this key
            original = plain[key].float()
            plain[stem] = original / torch.dot(u.float(), original.flatten(1) @ v.float())
        for suffix in ("_orig", "_u", "_v"):
            plain.pop(f"{stem}{suffix}", None)
    return plain


def _read(path: Path) -> dict[str, Any]:
    """Read the tensors and plain values of a file, and nothing that could run code."""
    _demand_safe_torch()
    if not path.is_file():
        raise CheckpointError(f"There is no checkpoint {path}.")
    try:
        if path.suffix == ".safetensors":
            return dict(load_file(path))
        content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise CheckpointError(
            f"{path} is no checkpoint, or holds more than tensors and plain values, which could run code; "
            "it was not loaded. Get it again from where it was published."
        ) from error
    except (RuntimeError, EOFError, OSError, SafetensorError) as error:
        reason = str(error).partition("\n")[0]
        raise CheckpointError(f"{path} cannot be read as a checkpoint: {reason}. Get it again.") from error
    if not isinstance(content, Mapping) or not content:
        raise CheckpointError(f"{path} holds {type(content).__name__}, not a net's state by name.")
    return dict(content)


def _demand_safe_torch() -> None:
    version = tuple(int(part) for part in torch.__version__.split(".")[:2])
    if version < _SAFE_TORCH:
        raise CheckpointError(
            f"torch {torch.__version__} cannot load checkpoints safely. Get 2.6 or later: "
            "pip install 'neteyes[export]'"
        )


def _demand(content: Mapping[str, Any], keys: Iterable[str], path: Path) -> None:
    missing = [key for key in keys if key not in content]
    if missing:
        raise CheckpointError(f"{path} lacks {_first(missing)}. Train or export it again.")


def _fit(net: Net, state: Mapping[str, Any], path: Path, name: str) -> Net:
    """Load a state into a net, in evaluation mode; if it does not fit, one error lists every difference."""
    wanted = net.state_dict()
    missing = [key for key in wanted if key not in state]
    unknown = [key for key in state if key not in wanted]
    misshapen = [
        f"{key} {_shape(state[key])} instead of {_shape(tensor)}"
        for key, tensor in wanted.items()
        if key in state and _shape(state[key]) != _shape(tensor)
    ]
    kinds = {"missing": missing, "unknown": unknown, "misshapen": misshapen}
    faults = [f"{len(keys)} {kind}: {_first(keys)}" for kind, keys in kinds.items() if keys]
    if faults:
        raise CheckpointError(f"{path} is not {name} ({len(wanted)} keys): {'; '.join(faults)}.")
    net.load_state_dict(state)
    return net.eval().requires_grad_(False)


def _shape(value: Any) -> str:
    return "×".join(map(str, value.shape)) or "scalar" if isinstance(value, Tensor) else type(value).__name__


def _first(keys: list[str], count: int = 3) -> str:
    return ", ".join(keys[:count]) + (", …" if len(keys) > count else "")
