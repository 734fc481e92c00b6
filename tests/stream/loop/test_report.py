import json

import pytest

from engines.errors import SinkError
from stream.loop.report import check_report_path, report_of, save_report
from stream.sources.scene import SceneSource
from tests.fixtures.loop import Loop


def test_a_report_that_cannot_be_written_leaves_the_one_before(tmp_path, monkeypatch):
    path = tmp_path / "r.json"
    save_report({"frames_in": 1}, path)
    partial = tmp_path / ".r.json.part"
    partial.mkdir()
    with pytest.raises(SinkError, match=r"Cannot write the report .*r\.json"):
        save_report({"frames_in": 2}, path)
    assert json.loads(path.read_text()) == {"frames_in": 1}


def test_a_place_that_takes_no_report_is_told_at_once(tmp_path):
    with pytest.raises(SinkError, match="is not a folder"):
        check_report_path(tmp_path / "none" / "r.json")
    with pytest.raises(SinkError, match="it is a folder"):
        check_report_path(tmp_path)


def test_a_name_too_long_for_the_part_of_a_report_is_told_at_once(tmp_path):
    fits, too_long = tmp_path / f"{'x' * 244}.json", tmp_path / f"{'x' * 245}.json"
    check_report_path(fits)
    save_report({}, fits)
    for path in (too_long, tmp_path / f"{'x' * 300}.json"):
        with pytest.raises(SinkError, match=r"too long.*Shorten it"):
            check_report_path(path)


class Watched(SceneSource):
    """A source with figures of its own."""

    def figures(self):
        return {"lenses": 3}


def test_a_source_with_figures_of_its_own_has_them_in_the_report():
    size = {"size": "64x48"}
    assert report_of(Loop(Watched("duel", size, pace=True)).pipeline)["feed"] == {"lenses": 3}
    assert report_of(Loop(SceneSource("duel", size, pace=True)).pipeline)["feed"] is None
