"""Real servers behind the checks: a small app that counts what reaches it."""

import asyncio
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from websockets.sync.client import connect

from neteyes.serve.access import Access
from neteyes.watching.http import bind
from stream import redact

TOKEN = "correct-horse-battery"


@dataclass
class Site:
    """A server that runs: its app notes the paths of all requests that reach it."""

    access: Access
    port: int
    reached: list[str] = field(default_factory=list)

    @property
    def scheme(self):
        return "https" if self.access.invitation(self.port).fingerprint else "http"

    @property
    def origin(self):
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def ask(self, method, path, *, headers=(), **options):
        """Send one request over a connection of its own; return the answer."""
        return httpx.request(
            method, f"{self.origin}{path}", headers=dict(headers), verify=False, timeout=10, **options
        )

    def talk(self, *, origin="own", headers=(), **options):
        """Open the WebSocket, which sends back each message."""
        return connect(
            f"{self.origin.replace('http', 'ws', 1)}/ws",
            origin=self.origin if origin == "own" else origin,
            additional_headers=dict(headers),
            open_timeout=10,
            proxy=None,
            **options,
        )

    def join(self, token=TOKEN, **headers):
        """Exchange a token as the page does; return the answer, with the cookie."""
        own = {"origin": self.origin, **headers}
        return self.ask("POST", "/join", headers=own, json={"token": token})

    def cookie(self):
        """The header of a browser that was let in."""
        name, _, rest = self.join().headers["set-cookie"].partition("=")
        return {"cookie": f"{name}={rest.partition(';')[0]}"}


@contextmanager
def serving(listen="127.0.0.1:0", **options):
    access = Access(listen, **options)
    listening = bind(access.address)
    site = Site(access, listening.getsockname()[1])

    async def page(request):
        site.reached.append(request.url.path)
        return PlainTextResponse("the mirror\n")

    async def change(request):
        site.reached.append(f"{request.method} {request.url.path}")
        return PlainTextResponse(f"{len(await request.body())}\n")

    async def fail(request):
        raise OSError(f"cannot read {__file__}")

    async def echo(socket):
        site.reached.append("/ws")
        await socket.accept()
        async for message in socket.iter_text():
            await socket.send_text(message)

    app = Starlette(
        routes=[
            Route("/", page),
            Route("/health", page),
            Route("/change", change, methods=["POST", "PATCH", "DELETE"]),
            Route("/fail", fail),
            WebSocketRoute("/ws", echo),
        ]
    )
    options = access.uvicorn_options()
    config = uvicorn.Config(
        access.guard(app), loop="asyncio", lifespan="off", log_config=None, log_level="critical", **options
    )
    server = uvicorn.Server(config)
    up = threading.Event()

    async def run():
        task = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started and not task.done():
            await asyncio.sleep(0.005)
        up.set()
        await task

    thread = threading.Thread(target=lambda: asyncio.run(run()), name="server")
    thread.start()
    assert up.wait(10)
    try:
        yield site
    finally:
        server.should_exit = server.force_exit = True
        thread.join(10)
        assert not thread.is_alive()


def hung_up(talk):
    """Whether the server closes the connection; it may say why before."""
    try:
        while talk.recv(65536):
            pass
    except ConnectionError:
        pass
    return True


@pytest.fixture(scope="session")
def kept(tmp_path_factory):
    """The folder of the user's data."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("home")
        patch.setenv("NETEYES_HOME", str(folder))
        patch.setattr(redact, "_known", ())
        yield folder


@pytest.fixture(scope="session")
def _open_site(kept):
    with serving() as found:
        yield found


@pytest.fixture(scope="session")
def _closed_site(kept):
    with serving(token=TOKEN, allow_host=["mirror.example"]) as found:
        yield found


@pytest.fixture
def open_site(_open_site):
    """A server for this machine only: browsers need no token."""
    _open_site.reached.clear()
    return _open_site


@pytest.fixture
def site(_closed_site):
    """A server with a token, which also knows itself as mirror.example."""
    _closed_site.reached.clear()
    return _closed_site
