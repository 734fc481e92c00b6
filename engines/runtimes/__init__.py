"""The runtimes, one a file, each of which opens a graph as an engine; and plans built for one GPU, kept."""

from engines.telemetry import forbid_telemetry

forbid_telemetry()
