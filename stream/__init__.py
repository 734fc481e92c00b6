"""Frames, threads and devices: sources, the loop that carries frames through the nets, views and sinks."""

# Before PyAV: both bring a libxcb. If PyAV's is loaded first, OpenCV's windows hang for ever (PyAV #1050).
import cv2  # noqa: F401
