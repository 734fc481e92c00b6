"""Flashes: counted as WCAG 2.3.1 counts them, and held back before they are shown.

Both reduce a risk; neither makes a picture safe. What WCAG passes can still harm somebody.
"""

from stream.flashes.flash_meter import FlashMeter
from stream.flashes.guard import FlashGuard

__all__ = ["FlashGuard", "FlashMeter"]
