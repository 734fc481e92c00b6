"""Log the start of a run: the version, the input, the nets, their runtimes and certificate, the outputs."""

from __future__ import annotations

import logging

from engines.bundle import Bundle
from engines.certificate import certified_with
from neteyes import __version__
from stream.loop.pipeline import Pipeline
from stream.nets.open import Route
from stream.uri import Uri

log = logging.getLogger(__name__)


class StartLine:
    """Log the start of a run, once, as soon as the nets are open: only then is their runtime known.

    Args:
        pipeline: the loop.
        route: the stages of the nets.
        bundle: the nets.
        named: the input.

    Attributes:
        certified_with: the runtimes of the nets' certificate, with versions; empty until the line is logged.
    """

    def __init__(self, pipeline: Pipeline, route: Route, bundle: Bundle, named: Uri) -> None:
        self._pipeline, self._route, self._bundle, self._input = pipeline, route, bundle, named
        self._told = False
        self.certified_with: list[str] = []

    def tell(self) -> None:
        """Log the line if the nets are open and it was not logged yet; called repeatedly."""
        if self._told or not self._route.is_open:
            return
        self._told = True
        backends = self._route.facts()["backends"]
        runtimes = " and ".join(dict.fromkeys(backends.values()))
        outputs = [outlet.name for outlet in self._pipeline.outlets]
        ours = () if self._route.compared else backends.values()
        self.certified_with, warnings = certified_with(self._bundle, ours)
        log.info(
            "neteyes %s: %s, seen by '%s' (certified with %s) in %s, to %s.",
            __version__,
            self._input,
            self._bundle.name,
            ", ".join(self.certified_with) or "nothing",
            runtimes,
            ", ".join(outputs),
            extra={
                "fields": {
                    "version": __version__,
                    "input": str(self._input),
                    "bundle": self._bundle.name,
                    "backends": backends,
                    "certified_with": self.certified_with,
                    "outputs": outputs,
                }
            },
        )
        for warning in warnings:
            log.warning("%s", warning)
