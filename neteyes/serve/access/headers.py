"""Make the headers that tell browsers what our pages may do, and what other pages may do with them."""

from __future__ import annotations

from collections.abc import Iterable

from neteyes.watching.addresses import is_local_name

Headers = list[tuple[bytes, bytes]]

FIXED: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (
        b"permissions-policy",
        b"camera=(self), display-capture=(self), fullscreen=(self), screen-wake-lock=(self), "
        b"microphone=(), geolocation=(), usb=(), serial=(), payment=()",
    ),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
]
"""The headers that every answer has."""

_POLICY = (
    "default-src 'self'; connect-src 'self' {socket}; img-src 'self' blob:; media-src 'self' blob:; "
    "object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


def safe_headers(host: str | None, scheme: str) -> Headers:
    """Return the headers of an answer, beside its own.

    Args:
        host: the Host header, if it was found to be ours: pages may open a WebSocket to it. Safari does not
            count that as `'self'`.
        scheme: `http` or `https`.
    """
    named = host and not host.startswith("[")  # a policy cannot name an IPv6 address
    socket = f"{'wss' if scheme == 'https' else 'ws'}://{host}" if named else ""
    policy = " ".join(_POLICY.format(socket=socket).split()).replace(" ;", ";")
    headers = [*FIXED, (b"content-security-policy", policy.encode("latin-1"))]
    if scheme == "https" or (host and is_local_name(host)):  # elsewhere browsers only complain of it
        headers.append((b"cross-origin-opener-policy", b"same-origin"))
    return headers


def merged(own: Iterable[tuple[bytes, bytes]], safe: Headers) -> Headers:
    """Return an answer's own headers with the safe ones; by default it is not to be stored."""
    names = {name for name, _ in safe}
    kept = [(name, value) for name, value in own if name.lower() not in names]
    if not any(name.lower() == b"cache-control" for name, _ in kept):
        kept.append((b"cache-control", b"no-store"))
    return [*kept, *safe]
