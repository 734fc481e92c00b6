"""Frames, threads and devices: sources, the loop that carries frames through the nets, views and sinks."""
