"""Define every error that a user can meet, on one page.

Every message says what is wrong and how to mend it; the command prints it without a traceback.

    NetEyesError                 exit code 1
    ├── UsageError               exit code 2: an option, name or URI is invalid on any machine
    │   └── LabelError           a label name is unknown; the message offers the nearest ones
    ├── StreamError              an input or output fails; its `kind` is a word for logs and metrics
    │   ├── SourceError          an input cannot be opened, or stopped giving frames
    │   └── SinkError            an output cannot be written
    ├── BundleError              a bundle is missing, incomplete or altered
    ├── DownloadError            a published file cannot be fetched, or has changed since it was published
    ├── CheckpointError          a checkpoint cannot be read, or does not fit its net
    ├── ParityError              an engine's answers differ too much from its net's
    └── BackendError             a runtime is missing, or refuses a graph
"""

from typing import Literal

Kind = Literal[
    "unreachable",
    "refused",
    "timeout",
    "unauthorized",
    "not found",
    "no video",
    "ended",
    "damaged",
    "unplugged",
    "busy",
    "denied",
    "broken",
]
"""The reason why an input or output fails, in a word that logs and metrics can count."""


class NetEyesError(Exception):
    """Any error that neteyes raises on purpose; `str(error)` is one message for the user."""

    exit_code = 1


class UsageError(NetEyesError):
    """An option, a name or a URI is invalid."""

    exit_code = 2


class LabelError(UsageError):
    """A label space has no label of that name."""


class StreamError(NetEyesError):
    """An input or output fails.

    Args:
        message: the fault, and how to mend it.
        kind: the same in a word.
    """

    def __init__(self, message: str, kind: Kind = "broken") -> None:
        super().__init__(message)
        self.kind: Kind = kind


class SourceError(StreamError):
    """An input cannot be opened, or stopped giving frames."""


class SinkError(StreamError):
    """An output cannot be written."""


class BundleError(NetEyesError):
    """A bundle is missing, incomplete or altered."""


class DownloadError(NetEyesError):
    """A published file cannot be fetched, or has changed since it was published."""


class CheckpointError(NetEyesError):
    """A checkpoint file cannot be read, or does not fit its net."""


class ParityError(NetEyesError):
    """An engine's answers differ too much from its net's."""


class BackendError(NetEyesError):
    """A runtime is missing, or refuses a graph."""
