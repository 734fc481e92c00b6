"""A visit: frames of a page come back painted, and its settings change what comes."""

import base64

import cv2
import numpy as np
import pytest

from engines.labels import LabelSpace
from neteyes.serve.server import MirrorServer
from stream.frame import Image
from tests.fixtures.page import Page

COCO = LabelSpace.load("coco-stuff")


def maps(page: Page) -> tuple[Image, Image]:
    """Return the label maps of the newest frame: as seen, and as painted."""
    page.say("labels", id=1)
    answer = page.hear("labels")
    seen, painted = (
        cv2.imdecode(np.frombuffer(base64.b64decode(answer[which]), np.uint8), cv2.IMREAD_UNCHANGED)
        for which in ("seen", "painted")
    )
    return np.asarray(seen, np.uint8), np.asarray(painted, np.uint8)


@pytest.fixture
def page(mirror: MirrorServer):
    with Page(mirror.url) as page:
        page.welcome = page.hear("welcome")
        yield page


def test_a_page_is_told_what_it_can_do(page):
    welcome = page.welcome
    assert welcome["bundle"] == "small" and welcome["shared"] is False and welcome["input"] is None
    assert "openvino" in welcome["runtimes"]["segment"]
    assert welcome["labels"] == list(COCO.names)
    assert (
        welcome["paintable"][0]["note"] == ""
        and {"name": "hat", "note": "painted as person"} in (welcome["paintable"])
    )
    assert welcome["colours"]["person"].startswith("#") and len(welcome["colours"]["person"]) == 7
    assert welcome["views"] == ["picture", "labels", "triptych", "overlay"]
    assert welcome["controls"] == {
        "view": "picture",
        "steadiness": 0.7,
        "swaps": {},
        "mirror": False,
        "frozen": False,
    }


def test_a_frame_comes_back_painted_with_its_true_labels(page, duel):
    frame = duel.at(10)
    view = page.answer(frame.image)
    assert view.shape == (192, 342, 3)
    seen, _ = maps(page)
    truth = cv2.resize(frame.labels, seen.shape[::-1], interpolation=cv2.INTER_NEAREST)
    person = COCO.id("person")
    both = np.sum((seen == person) & (truth == person))
    assert both / np.sum((seen == person) | (truth == person)) > 0.5


def test_a_swap_changes_the_painted_labels_and_nothing_else(page, duel):
    page.answer(duel.at(10).image)
    page.say("set", swaps={"person": "bear"}, steadiness=1.0)
    assert page.hear("state")["controls"]["swaps"] == {"person": "bear"}
    page.answer(duel.at(10).image)
    seen, painted = maps(page)
    person = seen == COCO.id("person")
    assert person.any()
    assert (painted[person] == COCO.id("bear")).all()
    assert (painted[~person] == seen[~person]).all()


def test_each_view_and_the_point_under_a_finger(page, duel):
    page.answer(duel.at(10).image)
    seen, _ = maps(page)
    inside = cv2.distanceTransform((seen == COCO.id("person")).view(np.uint8), cv2.DIST_L2, 3)
    y, x = np.unravel_index(np.argmax(inside), inside.shape)
    share = (float(x) + 0.5) / seen.shape[1], (float(y) + 0.5) / seen.shape[0]
    page.say("set", swaps={"person": "bear"})
    page.answer(duel.at(10).image)
    page.say("at", id=7, x=share[0], y=share[1])
    found = page.hear("at")
    assert (found["id"], found["label"], found["painted"]) == (7, "person", "bear")
    page.say("set", view="triptych", swaps={})
    page.hear("state")
    assert page.answer(duel.at(10).image).shape == (192, 3 * 342 + 12, 3)
    page.say("at", id=8, x=(2 + share[0]) / 3, y=share[1])
    found = page.hear("at")
    assert (found["id"], found["label"], found["painted"]) == (8, "person", "person")
    page.say("at", id=9, x=343 / 1038, y=0.5)
    assert page.hear("at")["label"] is None, "that is between two panels"


def test_frozen_labels_stay_whatever_the_camera_sees(page, duel):
    page.answer(duel.at(10).image)
    before, _ = maps(page)
    page.say("set", frozen=True)
    page.hear("state")
    page.answer(np.zeros((360, 640, 3), np.uint8))
    after, _ = maps(page)
    assert (before == after).all()


def test_settings_that_are_refused_change_nothing(page):
    page.say("set", view="labels", swaps={"person": "unicorn"})
    refused = page.hear("error")
    assert refused["about"] == "set" and "unicorn" in refused["message"]
    page.say("set", steadiness=0.5)
    controls = page.hear("state")["controls"]
    assert controls["view"] == "picture" and controls["swaps"] == {} and controls["steadiness"] == 0.5


def test_a_link_with_a_wrong_label_gets_an_error_and_a_mirror(mirror, duel):
    with Page(mirror.url, swaps={"person": "unicorn"}) as page:
        assert page.hear("error")["about"] == "hello"
        page.hear("welcome")
        page.answer(duel.at(0).image)


def test_a_portrait_camera_gets_the_upright_nets(page, duel):
    upright = cv2.rotate(duel.at(0).image, cv2.ROTATE_90_CLOCKWISE)
    assert page.answer(upright).shape[:2] == (192, 108)
    seen, _ = maps(page)
    assert seen.shape == (352, 192)


def test_a_paused_tab_gets_no_frames_until_it_is_seen_again(page, duel):
    page.answer(duel.at(0).image)
    page.say("pause", paused=True)
    page.send(duel.at(1).image)
    page.say("set", steadiness=0.1)
    page.hear("state")
    assert not page.pictures
    page.say("pause", paused=False)
    page.answer(duel.at(2).image)


def test_the_state_tells_frames_and_their_age(page, duel):
    for index in range(10):
        page.answer(duel.at(index).image)
    page.say("set", view="picture")
    state = page.hear("state")
    assert state["fps"] > 0 and 0 < state["age_ms"]["p50"] <= state["age_ms"]["p95"]
    assert state["visitors"] == 1 and state["transport"] == "jpeg"
