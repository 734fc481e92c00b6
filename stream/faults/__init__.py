"""Inject faults into any input (`fault+…`) on a schedule, to test how a set-up handles them.

    faults = Faults(parse("fault+rtsp://cam/live?drop=0.1&reset=20s"))   # once
    source = open_faulty(faults, lambda inner: NetworkSource(inner))     # for each opening

Scenes, clips and cameras fail frame by frame (`faulty_frames`). Network streams fail between their server and
neteyes, in our own proxy (`faulty_network`, `proxy`). docs/faults.md lists the options.
"""

from __future__ import annotations

from collections.abc import Callable

from stream.faults.faulty_frames import FaultyFrames
from stream.faults.faulty_network import FaultyNetwork
from stream.faults.schedule import Faults
from stream.frame import Source
from stream.uri import NETWORK, Uri

__all__ = ["Faults", "open_faulty"]


def open_faulty(faults: Faults, open_inner: Callable[[Uri], Source], *, timeout: float = 5.0) -> Source:
    """Open an input that fails as `faults` says.

    Args:
        faults: made once for the input, also if it is opened many times.
        open_inner: opens the input behind the faults: `faults.inner`, or the same stream through our proxy.
        timeout: seconds within which a network's server must be found.

    Raises:
        UsageError: faults that this input cannot have; or whatever `open_inner` raises.
    """
    if faults.inner.scheme in NETWORK:
        return FaultyNetwork(faults, open_inner, timeout=timeout)
    return FaultyFrames(open_inner(faults.inner), faults)
