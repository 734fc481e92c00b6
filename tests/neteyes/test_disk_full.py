"""A disk that fills up while neteyes records on it."""

import av
import pytest

pytestmark = pytest.mark.alone


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_a_full_disk_ends_the_recording_and_it_plays(neteyes, report, small_disk, suffix):
    clip = small_disk / f"a.{suffix}"
    result = neteyes("run", "scene://duel", clip, "--no-pace", "--view", "triptych", "--report", "r.json")
    assert result.code == 1
    assert "No space left" in result.err
    with av.open(str(clip)) as container:
        kept = sum(1 for _ in container.decode(video=0))
    assert f"first {kept} frames are safe" in result.err
    facts = report()
    assert facts["frames_out"] >= kept > 10
    assert facts["frames_in"] == facts["frames_out"] + sum(facts["dropped"].values())
    assert "No space left" in facts["error"]


def test_the_recordings_error_is_told_though_the_report_does_not_fit_either(neteyes, small_disk):
    (small_disk / "a.png").touch()
    ballast = small_disk / "ballast"
    with pytest.raises(OSError, match="No space"):
        ballast.write_bytes(bytes(1_000_000))
    result = neteyes(
        "run", "scene://duel", small_disk / "a.mp4", "--no-pace", "--report", small_disk / "r.json"
    )
    assert result.code == 1
    assert "Cannot write the report" in result.err
    assert result.err.index("r.json") < result.err.rindex("a.mp4")
    assert sorted(path.name for path in small_disk.iterdir() if path.name.endswith((".json", ".part"))) == []
