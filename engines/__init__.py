"""Tensors in, tensors out: label spaces, bundles of graphs, and the runtimes that run them."""

import os
import sys

# Whoever points a camera at people wants nothing sent to anybody. Both runtimes for processors report their
# use to their makers, under a number they give the machine, unless they are told not to before they load.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # so OpenVINO takes its own stub
