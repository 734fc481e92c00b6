"""A name stands for one idea: no file or folder and no class is called like another one elsewhere."""

import ast
from collections import defaultdict
from pathlib import Path

from tests.layout.conftest import PACKAGES, ROOT

ONE_IDEA = {
    "adopt": "the room, and the one function that begins there",
    "cameras": "the command lists what the room opens",
    "certificate": "export writes the certificate, engines read it",
    "clip": "a clip is read by the source and written by the sink",
    "config": "the command checks what the room reads",
    "export": "the command calls the package",
    "flashes": "the room counts them, the command prints them, the plot draws them",
    "gpu": "the GPU: its driver, the nets on it, what is measured on it and drawn of that",
    "health": "the command asks what the page of a run answers",
    "labels": "the command lists the names of the label spaces",
    "loop": "the benchmark measures the room",
    "mirror": "the loop of a visitor, and its benchmark",
    "nets": "the networks, as torch modules and as stages of the loop",
    "palette": "the colours of a game and their labels: the room, what it holds, the command",
    "pictures": "pictures are read by the source and written by the sink",
    "reconnect": "what reconnects: sources in a room, sinks in a file",
    "report": "the report of a run, as JSON and as an object",
    "screens": "the command lists what the room opens",
    "serve": "the command calls the package",
    "soak": "the benchmark, and the plot of it",
    "speed": "the benchmark, and the plot of it",
    "steady": "labels that hold still: the graph, its benchmark, the plot of that",
}
"""Names that several files or folders share, and the one idea that each stands for."""


def names_of(sources):
    """Name → the files and folders of the product that are called so."""
    found = defaultdict(set)
    for path in sources:
        for place in (path, *path.parents[:-1]):
            found[place.stem].add(place)
    return {name: places for name, places in found.items() if name not in ("__init__", "__main__")}


def classes_of(sources):
    """Name → the files that define a class of it."""
    found = defaultdict(list)
    for path in sources:
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(path)
    return found


def test_a_name_that_several_places_share_stands_for_one_idea(sources):
    shared = {name: sorted(map(str, places)) for name, places in names_of(sources).items() if len(places) > 1}
    assert {name: places for name, places in shared.items() if name not in ONE_IDEA} == {}
    assert sorted(set(ONE_IDEA) - set(shared)) == []  # no permission outlives its reason


def test_no_class_is_called_like_another(sources):
    twice = {name: list(map(str, paths)) for name, paths in classes_of(sources).items() if len(paths) > 1}
    assert twice == {}


def test_the_vocabulary_of_the_stream_stays_small():
    assert len([path for path in (ROOT / "stream").glob("*.py") if path.name != "__init__.py"]) <= 12


def test_a_second_meaning_would_be_found(sources):
    assert len(names_of([*sources, Path("export/frame.py")])["frame"]) == 2
    assert set(PACKAGES) <= set(names_of(sources))
