"""Flashes: counted as WCAG 2.3.1 counts them, and held back before they are shown.

Both reduce a risk; neither makes a picture safe. What WCAG passes can still harm somebody.
"""

from stream.flashes.guard import FlashGuard
from stream.flashes.meter import FlashMeter

__all__ = ["FlashGuard", "FlashMeter"]
