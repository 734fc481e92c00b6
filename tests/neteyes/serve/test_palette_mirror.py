"""A mirror that segments by colours: a click gives a colour another label, and the page saves the palette."""

import base64
import tomllib

import cv2
import numpy as np
import pytest

from tests.fixtures.page import Page

GAME = "scene://arcade?size=320x180&rate=20"


@pytest.fixture
def game(serve, tmp_path):
    file = tmp_path / "game.toml"
    file.write_text('[colours]\n"#4f8fef" = "sky"\n"#8fc7ff" = "sky"\n"#b5733f" = "dirt"\n')
    return serve(input=GAME, segmenter=f"palette:{file}")


def labels_at_the_top(page, names):
    page.say("labels", id=2)
    answer = page.hear("labels")
    seen = cv2.imdecode(np.frombuffer(base64.b64decode(answer["seen"]), np.uint8), cv2.IMREAD_UNCHANGED)
    return {names[label] for label in np.unique(seen[12:16])}


def test_a_clicked_colour_takes_another_label_and_the_palette_is_saved(game):
    with Page(game.url) as page:
        welcome = page.hear("welcome")
        assert welcome["palette"] is True and welcome["runtimes"]["segment"] == "palette game.toml"
        page.say("seen", number=page.picture()[0])
        page.say("at", id=1, x=0.02, y=0.1)
        answer = page.hear("at")
        assert (answer["label"], answer["colour"]) == ("sky-other", "#4f8fef")
        page.say("relabel", colour="#4f8fef", label="sea")
        page.hear("state")
        for _ in range(20):
            page.say("seen", number=page.picture()[0])
            if "sea" in labels_at_the_top(page, welcome["labels"]):
                break
        assert "sea" in labels_at_the_top(page, welcome["labels"])
        page.say("palette", id=3)
        saved = tomllib.loads(page.hear("palette")["text"])
        assert saved["colours"] == {"#4f8fef": "sea", "#8fc7ff": "sky-other", "#b5733f": "dirt"}


@pytest.mark.parametrize(
    ("colour", "label", "words"),
    [
        ("#123456", "sea", "no colour '#123456'"),
        ("../game.toml", "sea", "not understood"),
        ("#4f8fef", "seaa", "'seaa'"),
    ],
)
def test_what_is_wrong_is_said_and_changes_nothing(game, colour, label, words):
    with Page(game.url) as page:
        page.hear("welcome")
        page.say("relabel", colour=colour, label=label)
        assert words in page.hear("error")["message"]
        page.say("palette", id=1)
        assert '"#4f8fef" = "sky-other"' in page.hear("palette")["text"]


def test_where_a_net_segments_there_is_no_palette(mirror):
    with Page(mirror.url) as page:
        assert page.hear("welcome")["palette"] is False
        page.say("relabel", colour="#4f8fef", label="sea")
        assert "there is no palette" in page.hear("error")["message"]
