"""What a real browser makes of the link, the cookie and the headers: Debian's Chromium, without a screen."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from neteyes.serve.serve_options import ServeOptions
from neteyes.serve.server import MirrorServer
from tests.neteyes.serve.access.conftest import TOKEN, serving

SOCKET = """
    const done = arguments[1], socket = new WebSocket(arguments[0]);
    socket.onopen = () => done("open");
    socket.onerror = () => done("refused");
"""
READ = """
    const done = arguments[1];
    fetch(arguments[0], {mode: "no-cors"}).then((answer) => done(answer.type), () => done("refused"));
"""
POST = """
    const done = arguments[1];
    fetch(arguments[0], {method: "POST", mode: "no-cors", body: "x"}).finally(() => done(""));
"""
FRAME = """
    const done = arguments[1], frame = document.createElement("iframe");
    frame.onload = () => done(frame.contentDocument === null ? "closed" : "open");
    frame.src = arguments[0];
    document.body.append(frame);
"""


@pytest.fixture(scope="module")
def chromium(start_browser):
    """A browser to which other.example leads here: another site, or a name that is not ours."""
    return start_browser("--host-resolver-rules=MAP other.example 127.0.0.1")


@pytest.fixture
def browser(chromium):
    chromium.driver.implicitly_wait(10)
    return chromium.driver


@pytest.fixture
def another_site(site):
    """A page of another site with two links: one with the token, one to a state of the mirror."""
    links = (f"/join#{TOKEN}", "/?swap=person:bear#x=1")
    body = "".join(f'<a href="{site.origin}{link}">link</a> ' for link in links).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://other.example:{server.server_port}/"
        server.shutdown()
        thread.join()


def shows_mirror(browser):
    from selenium.webdriver.support.ui import WebDriverWait

    shown = "return document.body?.innerText.trim() === 'the mirror'"
    WebDriverWait(browser, 10).until(lambda _: browser.execute_script(shown))
    return browser.current_url


def test_the_link_opens_the_mirror_and_leaves_no_token_behind(browser, site, another_site):
    browser.get(another_site)
    browser.find_elements("tag name", "a")[0].click()
    assert shows_mirror(browser) == f"{site.origin}/"
    (cookie,) = browser.get_cookies()
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict"
    assert browser.execute_async_script(SOCKET, f"{site.origin.replace('http', 'ws')}/ws") == "open"
    browser.back()
    assert TOKEN not in browser.current_url

    # With the cookie, the link of another site to a state of the mirror opens that state.
    browser.get(another_site)
    browser.find_elements("tag name", "a")[1].click()
    assert shows_mirror(browser) == f"{site.origin}/?swap=person:bear#x=1"

    # But that site can use the cookie for nothing.
    browser.get(another_site)
    site.reached.clear()
    assert browser.execute_async_script(READ, f"{site.origin}/") == "refused"
    assert browser.execute_async_script(FRAME, f"{site.origin}/") == "closed"
    assert browser.execute_async_script(SOCKET, f"{site.origin.replace('http', 'ws')}/ws") == "refused"
    browser.execute_async_script(POST, f"{site.origin}/change")
    assert not site.reached


def test_a_typed_token_opens_what_was_asked_for_and_a_wrong_one_is_told(browser, kept):
    with serving(token=TOKEN) as site:
        browser.get(f"{site.origin}/?swap=person:bear")
        browser.find_element("id", "token").send_keys("wrong-wrong-wrong\n")
        assert "not the token" in browser.find_element("xpath", "//*[@id='said'][contains(., 'token')]").text
        browser.find_element("id", "token").clear()
        browser.find_element("id", "token").send_keys(f"{TOKEN}\n")
        assert shows_mirror(browser) == f"{site.origin}/?swap=person:bear"


def test_a_foreign_name_that_leads_here_shows_nothing(browser, open_site):
    browser.get(f"http://other.example:{open_site.port}/")
    assert "--allow-host" in browser.page_source
    assert not open_site.reached


def test_a_visitor_whose_token_is_not_valid_any_more_is_told(chromium, kept):
    with MirrorServer(ServeOptions(input="scene://duel", listen="127.0.0.1:0", token=TOKEN)) as mirror:
        chromium.open(mirror.invitation.link)
        chromium.click("#watch")
        chromium.first_picture()
        place = str(mirror.address)
    with serving(place, token="another-token-1"):
        chromium.wait("document.body.innerText.includes('another token')")
