"""Describe a mirror to the page that has just come."""

from __future__ import annotations

from engines.card import SynthesizeCard
from neteyes import __version__
from neteyes.serve.messages import Paintable, Welcome
from neteyes.serve.service import Service, Stand
from neteyes.swap_entry import candidates
from stream.controls import VIEWS
from stream.views.label_colours import palette


def welcome(service: Service, stand: Stand) -> Welcome:
    """Return the message that begins a visit."""
    card = stand.mirror.bundle.card
    return Welcome(
        bundle=service.bundle.name,
        runtimes=stand.mirror.route.facts()["backends"],
        input=str(service.input) if service.input else None,
        shared=stand.source is None,
        labels=list(card.segment.space.names),
        paintable=_paintable(card.synthesize),
        colours=_colours(card.synthesize),
        views=list(VIEWS),
        controls=stand.mirror.controls_now(),
        webrtc=True,
        palette=bool(service.options.segmenter),
        size=stand.mirror.route.fit.nearest(stand.mirror.route.fit.expected),
        version=__version__,
    )


def _paintable(card: SynthesizeCard) -> list[Paintable]:
    return [Paintable(each.name, each.note) for each in candidates(card, "")]


def _colours(card: SynthesizeCard) -> dict[str, str]:
    colours = palette(card.space)
    return {
        name: "#{2:02x}{1:02x}{0:02x}".format(*map(int, colours[label]))
        for label, name in enumerate(card.space.names)
    }
