"""The mirror's page in a real Chromium, with a drawn duel in its camera and the real server behind it."""

import base64
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen

import av
import cv2
import numpy as np
import pytest

from tests.fixtures.browser import PERSON, Browser, DrawnCamera, StartBrowser

pytest.importorskip("starlette", reason="the web server is not installed: pip install 'neteyes[serve]'")

from neteyes.serve.serve_options import ServeOptions
from neteyes.serve.server import MirrorServer

ENTER, ESCAPE, DOWN = "\ue007", "\ue00c", "\ue015"  # as WebDriver names them


@pytest.fixture(scope="module")
def server() -> Iterator[MirrorServer]:
    with MirrorServer(ServeOptions(listen="127.0.0.1:0", allow_host=["mirror.test"])) as running:
        yield running


@pytest.fixture(scope="module")
def shared() -> Iterator[MirrorServer]:
    """A mirror of one input for all, with one seat."""
    with MirrorServer(ServeOptions(input="scene://street", listen="127.0.0.1:0", visitors=1)) as running:
        yield running


@pytest.fixture(scope="module")
def restricted(start_browser: StartBrowser) -> Browser:
    """A Chromium that may not use its camera, nor UDP, and that finds the page by another name, too."""
    blocked = "webrtc-ip-handling-policy=disable_non_proxied_udp"
    names = "--host-resolver-rules=MAP mirror.test 127.0.0.1"
    refused = {"profile.default_content_setting_values.media_stream_camera": 2}
    return start_browser(f"--{blocked}", f"--force-{blocked}", names, **refused)


@pytest.fixture(autouse=True)
def leave(browser: Browser) -> Iterator[None]:
    """Leave the page, so that no test takes a seat of the next."""
    yield
    browser.driver.get("about:blank")


@pytest.fixture
def page(browser: Browser, server: MirrorServer) -> Iterator[Browser]:
    """The page with a picture in it; in the end it must have had no complaint."""
    browser.look(url_of(server))
    yield browser
    assert browser.complaints() == []


def url_of(server: MirrorServer) -> str:
    return f"http://{server.address}/"


def label_maps(page: Browser) -> tuple[np.ndarray, np.ndarray]:
    """Return what was seen and what was painted in the newest frame, as names."""
    answer = page.of_visit("visit.ask({type: 'labels'})")
    names = np.array([*page.of_visit("visit.welcome.labels"), *[""] * 256])
    seen, painted = (
        cv2.imdecode(np.frombuffer(base64.b64decode(answer[key]), np.uint8), cv2.IMREAD_GRAYSCALE)
        for key in ("seen", "painted")
    )
    return names[seen], names[painted]


def middle_of_person(camera: DrawnCamera) -> tuple[float, float]:
    """Return a point well inside a fighter, as the mirrored picture shows it, in parts of its sides."""
    inside = cv2.distanceTransform((camera.labels == PERSON).astype(np.uint8), cv2.DIST_L2, 5)
    row, column = np.unravel_index(int(inside.argmax()), inside.shape)
    height, width = inside.shape
    return 1 - (column + 0.5) / width, (row + 0.5) / height


def test_the_warning_stands_before_the_first_picture(browser: Browser, server: MirrorServer) -> None:
    browser.open(url_of(server))
    assert "Photosensitivity warning" in browser.text("#start")
    assert "Nothing of you is kept" in browser.text("#start")
    assert not browser.find("#picture").is_displayed()


def test_a_camera_comes_back_painted(page: Browser) -> None:
    picture = page.picture()
    assert picture.shape[1] / picture.shape[0] == pytest.approx(16 / 9, rel=0.02)
    assert picture.std() > 10
    page.wait("/\\d+ fps · \\d+ ms/.test(document.getElementById('line').textContent)")


def test_pictures_take_webrtc_and_the_page_says_so(page: Browser) -> None:
    page.wait_for_visit("visit.way.name === 'webrtc'")
    shown = page.of_visit("visit.frames")
    page.wait_for_visit(f"visit.frames > {shown} + 3")
    page.press("?")
    page.wait("document.getElementById('facts').innerText.includes('WebRTC')")
    page.click("#way")
    page.wait_for_visit("visit.wayWords === 'JPEG over WebSocket: you chose it'")
    shown = page.of_visit("visit.frames")
    page.wait_for_visit(f"visit.frames > {shown} + 3")


def test_a_clicked_person_becomes_a_bear_and_nothing_else_does(
    page: Browser, duel_camera: DrawnCamera
) -> None:
    page.click_picture(*middle_of_person(duel_camera))
    page.wait("document.activeElement.id === 'picker-text'")
    assert page.text("#picker-title").startswith("person")
    page.press("bea")
    page.wait("document.querySelector('#picker-list [aria-selected=true]')?.textContent === 'bear'")
    began = time.monotonic()
    page.press(ENTER)
    while True:
        seen, painted = label_maps(page)
        if "bear" in painted:
            break
        assert time.monotonic() < began + 10, "no bear came"
    print(f"From Enter to a label map with the bear: {1000 * (time.monotonic() - began):.0f} ms")
    assert ((painted == "bear") == (seen == "person")).all()
    truth = cv2.resize((duel_camera.labels == PERSON).astype(np.uint8), seen.shape[::-1])[:, ::-1] > 0
    bear = painted == "bear"
    assert (bear & truth).sum() / (bear | truth).sum() > 0.4
    page.wait(
        "document.querySelector('#chips li')?.innerText.split(/\\s+/).join(' ').trim() === 'person → bear'"
    )

    page.click("#chips button")
    page.wait("!document.querySelector('#chips li')")
    page.wait_for_visit("Object.keys(visit.controls.swaps).length === 0")
    page.wait("document.getElementById('says').textContent.includes('itself again')")


def test_the_label_list_works_by_keyboard_alone(page: Browser) -> None:
    page.press(ENTER)
    page.wait("document.activeElement.id === 'picker-text'")
    assert "person" in page.text("#picker-list")
    page.press("sand", ENTER)
    page.wait("document.getElementById('picker-title').textContent.startsWith('sand')")
    page.press("sno", DOWN)
    first, second = page.driver.find_elements("css selector", "#picker-list li")[:2]
    assert first.text == "snow" and "painted as" in second.text  # what was trained comes first
    field = page.find("#picker-text")
    assert field.get_attribute("role") == "combobox"
    assert field.get_attribute("aria-activedescendant") == second.get_attribute("id")
    page.press(ESCAPE)
    assert not page.find("#picker").is_displayed()
    assert page.of_visit("visit.controls.swaps") == {}


def test_views_have_keys_and_the_wipe_joins_camera_and_painting(
    page: Browser, duel_camera: DrawnCamera
) -> None:
    for key, view in enumerate(("picture", "labels", "triptych", "overlay", "wipe"), 1):
        page.press(str(key))
        page.wait(f"document.querySelector('[data-view={view}]').getAttribute('aria-checked') === 'true'")
        if view == "triptych":
            page.wait("((c) => c.width > 4 * c.height)(document.getElementById('picture'))")
    page.wait_for_visit("visit.stage.wiped")  # its first picture has come
    assert page.say("((c) => c.width < 2 * c.height)(document.getElementById('picture'))")
    wiped = page.picture()
    camera = cv2.resize(duel_camera.image, wiped.shape[1::-1])[:, ::-1].astype(float)
    half = wiped.shape[1] // 2
    apart = np.abs(wiped - camera).mean(axis=(0, 2))
    assert 2 * apart[:half].mean() < apart[half:].mean()

    page.click_picture(*middle_of_person(duel_camera))
    page.wait("document.getElementById('picker-title').textContent.startsWith('person')")
    page.press(ESCAPE)

    page.find("#wipe").send_keys("\ue010")  # End: all is the camera
    apart_now = np.abs(page.picture() - camera).mean(axis=(0, 2))
    assert 2 * apart_now[half:].mean() < apart[half:].mean()
    assert page.find("#wipe").get_attribute("aria-valuenow") == "100"


def test_on_an_upright_screen_a_triptychs_panels_stand_below_one_another_and_can_be_clicked(
    page: Browser, duel_camera: DrawnCamera
) -> None:
    phone = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": False}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    try:
        page.press("3")
        page.wait("((c) => c.height > 1.5 * c.width)(document.getElementById('picture'))")
        x, y = middle_of_person(duel_camera)
        for panel in range(3):
            # The controls cover a part of the lowest one, so a click there is made by a script.
            page.driver.execute_script(
                "const frame = document.getElementById('frame'), box = frame.getBoundingClientRect();"
                "const clientX = box.left + arguments[0] * box.width;"
                "const clientY = box.top + arguments[1] * box.height;"
                "frame.dispatchEvent(new MouseEvent('click', {clientX, clientY}))",
                x,
                (panel + y) / 3,
            )
            page.wait("document.getElementById('picker-title').textContent.startsWith('person')")
            page.press(ESCAPE)
            page.driver.execute_script("document.getElementById('picker-title').textContent = ''")
    finally:
        page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_link_carries_the_look(browser: Browser, server: MirrorServer) -> None:
    browser.look(f"{url_of(server)}#view=wipe&steadiness=0.3&swap=person=bear&swap=sky-other=sea")
    browser.wait("document.querySelectorAll('#chips li').length === 2")
    assert browser.of_visit("visit.view") == "wipe"
    assert browser.of_visit("visit.controls.steadiness") == 0.3
    assert browser.of_visit("visit.controls.swaps") == {"person": "bear", "sky-other": "sea"}
    browser.press("1")
    browser.wait("location.hash.includes('view=picture')")  # the address is a link to what one sees
    assert browser.say("location.hash") == "#view=picture&steadiness=0.3&swap=person=bear&swap=sky-other=sea"


def test_a_link_with_an_unknown_label_is_told_in_words(browser: Browser, server: MirrorServer) -> None:
    browser.look(f"{url_of(server)}#swap=person=dragon")
    browser.wait("document.getElementById('says').textContent.includes('dragon')")
    assert browser.of_visit("visit.controls.swaps") == {}


def test_calm_is_the_beginning_for_who_wants_less_motion(browser: Browser, server: MirrorServer) -> None:
    feature = {"name": "prefers-reduced-motion", "value": "reduce"}
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    try:
        browser.look(url_of(server))
        browser.wait_for_visit("visit.controls.steadiness === 1")
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_a_surprise_swaps_what_is_in_the_picture_for_what_can_be_painted(page: Browser) -> None:
    page.press("x")
    page.wait("document.querySelector('#chips li')")
    swaps = page.of_visit("visit.controls.swaps")
    seen, _ = label_maps(page)
    trained = page.of_visit("visit.welcome.paintable.filter(({note}) => !note).map(({name}) => name)")
    assert set(swaps) <= set(np.unique(seen)) and set(swaps.values()) <= set(trained)


@pytest.fixture
def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@pytest.fixture
def saved(page: Browser, wait_for: Callable[..., float]) -> Callable[[str], Path]:
    """`saved(pattern)` waits for a file in the folder of downloads, and takes it away."""

    def take(pattern: str) -> Path:
        wait_for(lambda: [*page.downloads.glob(pattern)])
        (found,) = page.downloads.glob(pattern)
        return found.rename(found.with_name(f"taken{found.suffix}"))

    return take


def test_a_hidden_tab_gets_no_pictures_and_goes_on_when_it_is_seen(page: Browser) -> None:
    page.driver.minimize_window()
    page.wait("document.hidden")
    two_states = (
        "new Promise((r) => { let n = 0; const end = visit.on('state', () => ++n > 1 && (end(), r(1))) })"
    )
    page.of_visit(two_states)  # what was on its way has come
    shown = page.of_visit("visit.frames")
    page.of_visit(two_states)
    assert page.of_visit("visit.frames") == shown
    page.driver.set_window_rect(0, 0, 1366, 900)
    page.wait_for_visit(f"visit.frames > {shown} + 3")


def test_a_snapshot_is_saved(page: Browser, saved: Callable[[str], Path]) -> None:
    page.press("s")
    picture = cv2.imread(str(saved("neteyes-*-picture.png")))
    assert picture is not None and picture.shape == page.picture().shape


def test_a_recording_is_saved_and_plays(page: Browser, saved: Callable[[str], Path]) -> None:
    page.press("r")
    page.wait("document.getElementById('recorded').textContent === '0:01'")
    page.press("3")  # a view of another shape, in the midst of it
    page.wait("((c) => c.width > 4 * c.height)(document.getElementById('picture'))")
    page.press("r")
    with av.open(saved("neteyes-*.[mw][pe][4b]*")) as clip:
        sizes = {(frame.width, frame.height) for frame in clip.decode(video=0)}
    assert len(sizes) == 1


def test_all_see_a_shared_input_and_need_no_camera(browser: Browser, shared: MirrorServer) -> None:
    browser.open(url_of(shared))
    assert not browser.find("#own").is_displayed()
    assert "changes for all" in browser.text("#start")
    browser.click("#watch")
    browser.first_picture()
    browser.press("2")
    browser.wait_for_visit("visit.controls.view === 'labels'")


def test_who_finds_no_seat_sees_the_place_in_the_queue_and_then_the_picture(
    browser: Browser, shared: MirrorServer
) -> None:
    browser.open(url_of(shared))
    browser.click("#watch")
    browser.first_picture()
    first = browser.driver.current_window_handle
    browser.driver.switch_to.new_window("tab")
    second = browser.driver.current_window_handle
    browser.open(url_of(shared))
    browser.click("#watch")
    browser.wait("!document.getElementById('queue').hidden")
    assert browser.text("#queue-place") == "You are next."
    browser.driver.switch_to.window(first)
    browser.driver.get("about:blank")
    browser.driver.switch_to.window(second)
    browser.first_picture()
    browser.driver.close()
    browser.driver.switch_to.window(first)


def test_the_page_comes_back_after_the_server_without_a_reload(
    browser: Browser,
    start: Callable[..., Popen[str]],
    wait_for: Callable[..., float],
    tmp_path: Path,
    free_port: int,
) -> None:
    url = f"http://127.0.0.1:{free_port}/"

    def serve(log: Path) -> Popen[str]:
        process = start("serve", "--listen", f"127.0.0.1:{free_port}", log=log)
        wait_for(lambda: url in log.read_text(), 60)
        return process

    first = serve(tmp_path / "first.log")
    browser.look(url)
    browser.press("x")
    browser.wait("document.querySelector('#chips li')")
    swaps = browser.of_visit("visit.controls.swaps")
    browser.driver.execute_script("window.stays = true")
    first.kill()
    browser.wait("!document.getElementById('lost').hidden")
    assert "Trying again" in browser.text("#lost")

    serve(tmp_path / "second.log")
    began = time.monotonic()
    browser.wait("document.getElementById('lost').hidden")
    print(f"From the server's line to the picture: {time.monotonic() - began:.1f} s")
    assert browser.say("window.stays")
    assert browser.of_visit("visit.controls.swaps") == swaps
    browser.complaints()  # of the connections that were refused meanwhile


def test_where_udp_is_blocked_pictures_take_the_websocket_and_the_page_says_so(
    restricted: Browser, shared: MirrorServer
) -> None:
    restricted.open(url_of(shared))
    restricted.click("#watch")
    restricted.wait_for_visit("visit.wayWords.includes('did not connect within 3 s')")
    shown = restricted.of_visit("visit.frames")
    restricted.wait_for_visit(f"visit.frames > {shown} + 3")


def test_a_refused_camera_is_told_in_words(restricted: Browser, server: MirrorServer) -> None:
    restricted.open(url_of(server))
    restricted.click("#use-camera")
    restricted.wait("!document.getElementById('trouble').hidden")
    assert restricted.text("#trouble-title") == "The camera was refused"
    assert "Allow it" in restricted.text("#trouble-words")
    restricted.click("#trouble-back")
    assert restricted.find("#use-camera").is_displayed()


def test_a_page_over_plain_http_names_the_command_that_mends_it(
    restricted: Browser, server: MirrorServer
) -> None:
    restricted.open(f"http://mirror.test:{server.address.port}/")  # no browser takes that for this machine
    restricted.click("#use-camera")
    restricted.wait("!document.getElementById('trouble').hidden")
    assert restricted.text("#trouble-command") == "neteyes serve --https"


def test_a_clip_is_painted_and_one_that_cannot_be_played_is_told(
    page: Browser, tmp_path: Path, server: MirrorServer
) -> None:
    page.open(url_of(server))
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no clip")
    page.find("#clip").send_keys(str(broken))
    page.wait("!document.getElementById('trouble').hidden")
    assert page.text("#trouble-title") == "This clip cannot be played"

    page.click("#trouble-back")
    clip = tmp_path / "clip.webm"
    with av.open(clip, "w") as writer:
        stream = writer.add_stream("libvpx", rate=30, options={"deadline": "realtime"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for value in range(15):
            image = np.full((180, 320, 3), 8 * value, np.uint8)
            writer.mux(stream.encode(av.VideoFrame.from_ndarray(image, "bgr24")))
        writer.mux(stream.encode())
    page.find("#clip").send_keys(str(clip))
    page.first_picture()
    assert not page.of_visit("visit.controls.mirror")
