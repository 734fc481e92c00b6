"""Connect to a stream server within a timeout, and put failures into plain words."""

import errno
import threading
import time
import urllib.request
from concurrent.futures import Future

import av
import av.container
import av.error

from engines.errors import Kind, SourceError
from stream.resilience.probe import Address, ask, locked_out, reach, url_of
from stream.uri import Uri

_REFUSALS = (av.error.HTTPBadRequestError, av.error.HTTPOtherClientError, av.error.HTTPServerError)
_HANG_UPS = (av.error.EOFError, av.error.ConnectionResetError, av.error.BrokenPipeError)
_HELLO = b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n"
_POLL = 0.05
_HOPE = 0.9
"""Share of the timeout after which waiting ends, so that the error itself is raised in time."""


class Connection:
    """One attempt to open a stream, on a thread of its own.

    FFmpeg cannot be told to stop. So an attempt that takes too long is abandoned: its thread goes on, and
    closes the connection by itself if one still opens.
    """

    def __init__(self, uri: Uri, options: dict[str, str], *, timeout: float, read: float) -> None:
        """Start connecting.

        Args:
            uri: the server; `transport` in its query is our own option and is not sent.
            options: FFmpeg's options for opening.
            timeout: seconds until `wait` raises.
            read: seconds that each later read may take at most.
        """
        self._uri = uri
        self._options = options
        self._timeout = timeout
        self._read = read
        self._deadline = time.monotonic() + _HOPE * timeout
        self._is_there = False
        self._address: Address | None = None
        self._lock = threading.Lock()
        self._given_up = False
        self._result: Future[av.container.InputContainer] = Future()
        threading.Thread(target=self._run, name="connect", daemon=True).start()

    def wait(self, stop: threading.Event) -> av.container.InputContainer | None:
        """Return the open stream, or None if `stop` was set first.

        Raises:
            SourceError: the stream could not be opened, or not in time.
        """
        while not stop.is_set() and not self._result.done() and not self._is_late:
            stop.wait(_POLL)
        with self._lock:
            if self._result.done() and not stop.is_set():
                return self._result.result()
            self._given_up = True
        if self._result.done() and self._result.exception() is None:
            self._result.result().close()
        if stop.is_set():
            return None
        raise _silent(self._uri, self._timeout)

    @property
    def _is_late(self) -> bool:
        """Return whether the server was reached and time is up; before that, `reach` has its own limit."""
        return self._is_there and time.monotonic() >= self._deadline

    def _run(self) -> None:
        try:
            container = self._open()
        except BaseException as error:  # any error is raised again in the thread that waits
            self._result.set_exception(error)
            return
        with self._lock:
            if self._given_up:
                container.close()
            else:
                self._result.set_result(container)

    def _open(self) -> av.container.InputContainer:
        if not self._has_proxy:
            self._address = reach(self._uri, self._deadline, lambda: self._given_up, SourceError)
            if self._address is None:
                raise TimeoutError  # nobody waits for this connection any more
        self._is_there = True
        try:
            return av.open(
                url_of(self._uri),
                options=dict(self._options),
                timeout=(self._left(), self._read),
                metadata_errors="replace",  # a camera may name itself in any encoding
            )
        except av.FFmpegError as error:
            # When time is up FFmpeg hangs up, and may then call the few bytes that it had read invalid data.
            over = time.monotonic() > self._deadline - _POLL
            if over or isinstance(error, av.error.ExitError | av.error.TimeoutError):
                raise _silent(self._uri, self._timeout) from None
            hung_up = isinstance(error, _HANG_UPS) or self._hangs_up(error)
            raise _refused(error, self._uri, hung_up=hung_up) from None

    def _hangs_up(self, error: av.FFmpegError) -> bool:
        """Return whether an RTSP server hangs up on us: FFmpeg calls that invalid data, too."""
        is_invalid = isinstance(error, av.error.InvalidDataError)
        if self._uri.scheme != "rtsp" or self._address is None or not is_invalid:
            return False
        limit = min(self._deadline, time.monotonic() + 1.0)
        try:
            words = ask(self._address, _HELLO, limit, lambda: self._given_up)
        except OSError:
            return True
        return not words or words.startswith(b"RTSP/")

    def _left(self) -> float:
        return max(self._deadline - time.monotonic(), 0.1)

    @property
    def _has_proxy(self) -> bool:
        """Return whether an HTTP proxy is used, which then looks for the server in our place."""
        uri = self._uri
        return bool(urllib.request.getproxies().get(uri.scheme) and not urllib.request.proxy_bypass(uri.host))


def _refused(error: av.FFmpegError, uri: Uri, *, hung_up: bool) -> SourceError:
    """Put FFmpeg's error into words, without the text of FFmpeg: its URL holds the password."""
    kind: Kind
    if isinstance(error, av.error.HTTPUnauthorizedError | av.error.HTTPForbiddenError):
        return SourceError(locked_out(uri), "unauthorized")
    if isinstance(error, av.error.HTTPNotFoundError):
        kind, said = "not found", ": the server is there, but has nothing by that name (404). Check the path."
        return SourceError(f"{uri}{said}", kind)
    if hung_up:
        kind, said = "ended", "hung up before it sent any video. Check that its server runs, and the port."
    elif isinstance(error, av.error.InvalidDataError | av.error.PermissionError):
        # "Not permitted" comes from a play list that leads to local files.
        kind, said = "no video", "answers, but not with a video stream. Check the port and the path."
    elif isinstance(error, av.error.ConnectionRefusedError):
        kind, said = "refused", "refused the connection. Check the port, and that the server runs."
    elif isinstance(error, _REFUSALS):
        kind, said = "refused", f"refuses to send: {error.strerror}. Check the path, and the server's log."
    elif uri.scheme in ("rtsps", "https") and error.errno == errno.EIO:
        plain = uri.scheme.removesuffix("s")
        kind = "broken"
        said = f"does not agree to encryption (TLS). Check the port, or write {plain}:// if it has none."
    else:
        kind = "broken"
        said = f"could not be opened: {error.strerror}. Check that the server runs and the URL is right."
    return SourceError(f"{uri} {said}", kind)


def _silent(uri: Uri, timeout: float) -> SourceError:
    return SourceError(
        f"{uri} accepts the connection but stays silent: no video within {timeout:.0f} s. Check that the "
        "port is the right one, or restart its server.",
        "timeout",
    )
