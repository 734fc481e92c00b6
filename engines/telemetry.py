"""Forbids the runtimes to report their use to their makers, before any of them is imported."""

import os
import sys


def forbid_telemetry() -> None:
    """Forbid both runtimes for processors to report their use, for the rest of the process.

    OpenVINO and ONNX Runtime do so, under a number that they give the machine, unless they are told not to
    before they load. Whoever points a camera at people wants nothing sent to anybody.

    It is called by `engines.runtimes` and by all else that imports a runtime, and not where neteyes itself is
    imported: a program's environment stays as it is until something is opened.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    # An absent module, so that OpenVINO takes its own stub.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
