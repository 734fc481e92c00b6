"""Find the files beside an ONNX graph that it takes tensors from, without a package for ONNX.

A runtime reads such a file without a question, so a bundle's card must give its sha256 too. A graph is a
message of protobuf; only the fields that can hold tensors are followed, at any depth.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path

from engines.errors import BundleError

_FIELDS: dict[str, dict[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {13: "entry"},
}
"""Kind of message → the number of each field that is followed → the kind of message in it (onnx.proto)."""

_DATA_LOCATION, _KEY, _VALUE = 14, 1, 2
_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5

Buffer = mmap.mmap | bytes
Field = tuple[int, int, int, int]
"""Number, wire type, and either begin and end of the content, or a whole number and 0."""


def external_files(graph: Path) -> set[str]:
    """Return the locations that a graph names for its tensors; the empty text stands for one without a name.

    Raises:
        BundleError: the file cannot be read, or is no ONNX graph.
    """
    try:
        with graph.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return _locations(content)
    except OSError as error:
        raise BundleError(f"Cannot read {graph}: {error.strerror}. Change its permissions.") from error
    except (ValueError, IndexError) as error:  # an empty file cannot be mapped, and is no graph either
        raise BundleError(
            f"{graph} is no ONNX graph. Restore the file, or export the bundle again."
        ) from error


def _locations(content: Buffer) -> set[str]:
    found: set[str] = set()
    graphs = 0
    waiting = [("model", 0, len(content))]
    while waiting:
        kind, begin, end = waiting.pop()
        graphs += kind == "graph"
        follow, outside, locations = _FIELDS[kind], False, []
        for number, wire, first, last in _fields(content, begin, end):
            if kind == "tensor" and number == _DATA_LOCATION and wire == _VARINT:
                outside = first != 0
            elif wire == _LENGTH and number in follow:
                if follow[number] == "entry":
                    locations += _location(content, first, last)
                else:
                    waiting.append((follow[number], first, last))
        found.update(locations or ([""] if outside else []))
    if not graphs:
        raise ValueError("a model without a graph")
    return found


def _location(content: Buffer, begin: int, end: int) -> list[str]:
    """Return the value of one entry of a tensor's external data, if its key is `location`."""
    fields = [field for field in _fields(content, begin, end) if field[1] == _LENGTH]
    texts = {number: content[first:last] for number, _, first, last in fields}
    return [texts.get(_VALUE, b"").decode("utf-8", "replace")] if texts.get(_KEY) == b"location" else []


def _fields(content: Buffer, begin: int, end: int) -> Iterator[Field]:
    """Yield the fields of one message.

    Raises:
        ValueError: the bytes are no message of protobuf; IndexError where they end in the middle.
    """
    at = begin
    while at < end:
        tag, at = _varint(content, at)
        number, wire = tag >> 3, tag & 7
        if not number:
            raise ValueError("a field without a number")
        if wire == _VARINT:
            value, at = _varint(content, at)
            yield number, wire, value, 0
            continue
        if wire == _LENGTH:
            length, at = _varint(content, at)
        elif wire in (_EIGHT_BYTES, _FOUR_BYTES):
            length = 8 if wire == _EIGHT_BYTES else 4
        else:
            raise ValueError(f"wire type {wire}")
        if at + length > end:
            raise ValueError("a field that is longer than its message")
        yield number, wire, at, at + length
        at += length
    if at != end:
        raise ValueError("a message that ends inside a field")


def _varint(content: Buffer, at: int) -> tuple[int, int]:
    """Return the whole number that begins at a byte, and the place behind it."""
    value = shift = 0
    while True:
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("a number that is too long")
