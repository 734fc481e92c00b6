"""`neteyes bench mirror`, as its users meet it."""

import json


def test_marks_come_back_by_both_transports_and_to_their_own_visitor(neteyes, tmp_path):
    words = ("--visitors", 2, "--seconds", 7, "--rounds", 1, "--rate", 10)
    result = neteyes("bench", "mirror", *words, "--report", "r.json")
    assert result.code == 0, result.err
    turns = json.loads((tmp_path / "r.json").read_text())["turns"]
    assert [turn["transport"] for turn in turns] == ["webrtc", "jpeg"]
    for turn in turns:
        assert len(turn["each"]) == 2
        for seen in turn["each"]:
            assert seen["foreign"] == 0
            assert seen["fps"] > 0 and 0 < seen["age_ms"]["p50"] <= seen["age_ms"]["p95"]
    assert "webrtc" in result.out and "of others" in result.out
