"""Make the web application: the page, its WebSocket, health and metrics."""

from __future__ import annotations

import asyncio
from importlib.resources import files
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket

from neteyes.serve.health import MirrorHealth
from neteyes.serve.service import Service
from neteyes.serve.transports.whep import Whep
from neteyes.serve.transports.whip import Whip
from neteyes.serve.visit import Visit
from neteyes.watching import TEXT
from neteyes.watching.metrics import MetricsPage

PAGE = Path(str(files("neteyes.serve") / "page"))
"""The folder of the page's files."""

SERVICE_RESTART = 1012
"""Code that closes a WebSocket because the server ends (registry of IANA)."""


class Visits:
    """Serve each WebSocket as a visit, and end all of them in order."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._visits: dict[Visit, asyncio.Task[None]] = {}

    async def serve(self, socket: WebSocket) -> None:
        """Serve one WebSocket until it closes."""
        visit = Visit(socket, self._service, socket.scope["state"].get("abort", _nothing))
        job = asyncio.create_task(visit.run())
        self._visits[visit] = job
        try:
            await job
        finally:
            del self._visits[visit]

    async def end(self) -> None:
        """Say `bye` to all visitors, and wait until they have left, at most three seconds."""
        jobs = list(self._visits.values())
        for visit in self._visits:
            visit.end(SERVICE_RESTART, "The server ends. The page comes back when it is there again.")
        if jobs:
            await asyncio.wait(jobs, timeout=3)

    @property
    def open(self) -> int:
        """Number of open WebSockets."""
        return len(self._visits)


def make_app(service: Service, visits: Visits, health: MirrorHealth) -> Starlette:
    """Return the application: `/ws`, `/whip`, `/whep`, `/about`, `/health`, `/metrics`, the page's files."""

    async def about(request: Request) -> Response:
        # So the page knows what to offer before its visitor takes a seat.
        return JSONResponse({"shared": service.input is not None})

    metrics = MetricsPage(health)

    async def say_health(request: Request) -> Response:
        return PlainTextResponse(f"{health.line}\n", 503 if health.trouble else 200)

    async def say_metrics(request: Request) -> Response:
        return Response(metrics(), media_type=TEXT)

    whip = Whip(service)
    return Starlette(
        routes=[
            WebSocketRoute("/ws", visits.serve),
            *whip.routes(),
            *Whep(service, whip).routes(),
            Route("/about", about),
            Route("/health", say_health),
            Route("/healthz", say_health),
            Route("/metrics", say_metrics),
            Mount("/", StaticFiles(directory=PAGE, html=True)),
        ]
    )


def _nothing() -> None:
    pass
