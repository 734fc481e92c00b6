from neteyes.screen_line import ScreenLine


def test_a_line_is_gone_after_two_seconds_and_a_newer_one_replaces_it():
    line = ScreenLine()
    assert line.text(0.0) == ""
    line.say("View: labels", 10.0)
    assert [line.text(now) for now in (10.0, 11.9, 12.1)] == ["View: labels", "View: labels", ""]
    line.say("Paused", 20.0)
    line.say("Goes on", 21.0)
    assert [line.text(now) for now in (21.0, 22.5, 23.5)] == ["Goes on", "Goes on", ""]
