"""Read a palette file: which label each colour of a game or cartoon stands for."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any

import cv2
import msgspec
import numpy as np

from engines.errors import LabelError, UsageError
from engines.labels import LabelSpace
from stream.nets.palette.colour_table import MOST
from stream.nets.palette.palette import TOLERANCE, Colour, Palette, Region, Tile, colour_of, hex_of

OUTLINE = "outline"
"""In place of a label: a colour that is only drawn around areas, and takes their labels."""

_LARGEST_TILE = 128

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class _LeaveOut(msgspec.Struct, forbid_unknown_fields=True):
    left: Share = 0.0
    top: Share = 0.0
    width: Share = 1.0
    height: Share = 1.0


class _TileEntry(msgspec.Struct, forbid_unknown_fields=True):
    picture: str
    label: str


class _PaletteKeys(msgspec.Struct, forbid_unknown_fields=True):
    colours: dict[str, str] = {}
    tolerance: Annotated[float, msgspec.Meta(gt=0, le=100)] = TOLERANCE
    default: str | None = None
    leave_out: list[_LeaveOut] = []
    tiles: list[_TileEntry] = []


def read_palette(path: Path, space: LabelSpace) -> Palette:
    """Read a palette file.

    Args:
        path: path of the TOML file; `docs/games.md` describes its keys.
        space: the painter's label space, which the labels are in.

    Raises:
        UsageError: it cannot be read, or something in it is invalid; the message says where, and what to do.
    """
    keys = _keys(path)
    try:
        colours = _colours(keys, space, path)
        palette = Palette(
            colours,
            path.name,
            keys.tolerance,
            None if keys.default is None else _label(keys.default, space, "default"),
            tuple(Region(one.left, one.top, one.width, one.height) for one in keys.leave_out),
            tuple(_tile(entry, space, path.parent) for entry in keys.tiles),
        )
    except UsageError as error:
        raise UsageError(f"The palette {path}: {error}") from None
    return palette


def _keys(path: Path) -> _PaletteKeys:
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise UsageError(f"Cannot read the palette {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(
            f"The palette {path} is not UTF-8 text. `neteyes palette learn` writes one."
        ) from error
    try:
        return msgspec.convert(tomllib.loads(text), _PaletteKeys)
    except tomllib.TOMLDecodeError as error:
        twice = (
            " A colour or key stands there for the second time: keep one."
            if "overwrite" in str(error)
            else ""
        )
        raise UsageError(f"The palette {path} is no TOML: {error}.{twice}") from error
    except msgspec.ValidationError as error:
        raise UsageError(
            f"The palette {path}: {error}. `neteyes palette learn` writes one to begin with."
        ) from error


def _colours(keys: _PaletteKeys, space: LabelSpace, path: Path) -> dict[Colour, int | None]:
    found: dict[Colour, int | None] = {}
    for text, name in keys.colours.items():
        colour = colour_of(text)
        if colour is None:
            raise UsageError(f"'{text}' is no colour. Write it as #rrggbb, such as #5c94fc.")
        if colour in found:
            raise UsageError(f"the colour {hex_of(colour)} stands in it twice. Keep one.")
        found[colour] = None if name == OUTLINE else _label(name, space, text)
    if not found:
        raise UsageError(
            'it has no colours. Write some under [colours], such as "#5c94fc" = "sky", or let '
            "`neteyes palette learn INPUT -o FILE` find them."
        )
    if len(found) > MOST:
        raise UsageError(
            f"it has {len(found)} colours, and at most {MOST} can be told apart. Leave the rarest out."
        )
    if all(label is None for label in found.values()):
        raise UsageError("all of its colours are outlines. Give at least one a label.")
    return found


def _label(name: str, space: LabelSpace, where: str) -> int:
    try:
        return space.id(name)
    except LabelError as error:
        raise UsageError(f"{where}: {error}") from None


def _tile(entry: _TileEntry, space: LabelSpace, folder: Path) -> Tile:
    label = _label(entry.label, space, f"the tile {entry.picture}")
    file = folder / entry.picture
    picture: Any = None
    if file.is_file():
        picture = cv2.imdecode(np.fromfile(file, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise UsageError(f"the tile {entry.picture} cannot be read as a picture beside it.")
    height, width = picture.shape[:2]
    if max(height, width) > _LARGEST_TILE or min(height, width) < 4:
        raise UsageError(
            f"the tile {entry.picture} has {width}x{height} pixels; from 4x4 to "
            f"{_LARGEST_TILE}x{_LARGEST_TILE} are taken, as large as the frame shows it."
        )
    return Tile(picture, label, entry.picture)
