"""The errors a user can meet, all on one page.

Every message says what is wrong and how to mend it; the command prints it without a traceback.

    NetEyesError                 exit code 1
    ├── UsageError               exit code 2: what was asked for makes no sense
    │   └── LabelError           an unknown label name, answered with the nearest ones
    ├── StreamError              a word for logs and metrics goes with it, its `kind`
    │   ├── SourceError          an input cannot be opened, or stopped giving frames
    │   └── SinkError            an output cannot be written
    ├── BundleError              a bundle is missing, incomplete or altered
    ├── DownloadError            a published file cannot be fetched, or is not the one it was
    ├── CheckpointError          a checkpoint is not what it says it is
    ├── ParityError              an engine does not answer what its net answers
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
"""What is wrong with an input or output, in a word that logs and metrics can count."""


class NetEyesError(Exception):
    """Any error that neteyes raises on purpose; `str(error)` is one message for the user."""

    exit_code = 1


class UsageError(NetEyesError):
    """What was asked for makes no sense: a wrong option, name or URI."""

    exit_code = 2


class LabelError(UsageError):
    """A label name that its label space does not have."""


class StreamError(NetEyesError):
    """An input or output does not work.

    Args:
        message: what is wrong, and how to mend it.
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
    """A published file cannot be fetched, or is not the one it was."""


class CheckpointError(NetEyesError):
    """A checkpoint file is not what it says it is."""


class ParityError(NetEyesError):
    """An engine does not answer what its net answers."""


class BackendError(NetEyesError):
    """A runtime is missing, or refuses a graph."""
