"""No circle of imports among the files; the floors of `stream` and `engines` are contracts of `make lint`."""

from graphlib import CycleError, TopologicalSorter

import pytest


def circle_in(imports):
    """Return the names of one circle, in order, or None."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return error.args[1]
    return None


def test_no_file_imports_itself_by_way_of_others(imports):
    assert "stream.loop.pipeline" in imports
    circle = circle_in(imports)
    assert circle is None, " ← ".join(circle)


@pytest.mark.parametrize("way_back", ["stream.loop.outlet", "stream.loop.outlets"])
def test_a_circle_would_be_found(imports, way_back):
    changed = {**imports, "stream.frame": {*imports["stream.frame"], way_back}}
    assert {"stream.frame", way_back} <= set(circle_in(changed))
