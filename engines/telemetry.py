"""Switch off the runtimes' telemetry, before any of them is imported."""

import os
import sys


def forbid_telemetry() -> None:
    """Switch off the telemetry of both runtimes for processors, for the rest of the process.

    OpenVINO and ONNX Runtime report their use to their makers, under a number that they give the machine,
    unless this is forbidden before they load. A program that films people must send nothing to anybody.

    `engines.runtimes` calls this, and so does all other code that imports a runtime. `import neteyes` does
    not: a program's environment stays unchanged until something is opened.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    # None makes the module absent, so OpenVINO uses its own stub.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
