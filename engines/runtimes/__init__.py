"""The runtimes that open graphs as engines, one a file, and the cache of plans built for one GPU."""

from engines.telemetry import forbid_telemetry

forbid_telemetry()
