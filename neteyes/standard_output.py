"""Turn errors of standard output, such as a full disk, into messages for the user."""

from __future__ import annotations

import io
import sys

from engines.errors import SinkError


class _Answer(io.TextIOWrapper):
    """Standard output that raises our own error when the text cannot be written."""

    def write(self, text: str, /) -> int:
        """Write the text.

        Raises:
            SinkError: it cannot be written.
            BrokenPipeError: its reader is gone.
        """
        try:
            return super().write(text)
        except OSError as error:
            raise _said(error) from error

    def flush(self) -> None:
        """Flush the text that waits; errors are those of `write`."""
        try:
            super().flush()
        except OSError as error:
            raise _said(error) from error


def explain_output_errors() -> None:
    """Let standard output raise `SinkError`, with a message that says how to mend it, from now on.

    A reader that is gone, as in `neteyes labels | head -1`, stays a `BrokenPipeError`: libraries expect that.
    """
    plain = sys.stdout
    if isinstance(plain, io.TextIOWrapper):
        sys.stdout = _Answer(
            plain.buffer,
            plain.encoding,
            plain.errors,
            line_buffering=plain.line_buffering,
            write_through=plain.write_through,
        )


def _said(error: OSError) -> Exception:
    if isinstance(error, BrokenPipeError):
        return error
    return SinkError(
        f"Cannot write to standard output: {error.strerror}. Free some space, or send the output elsewhere."
    )
