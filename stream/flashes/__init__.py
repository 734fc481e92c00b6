"""Count flashes as WCAG 2.3.1 does, and hold them back before they are shown.

Both reduce a risk; neither makes a picture safe. Pictures that comply with WCAG can still harm some people.
"""

from stream.flashes.flash_meter import FlashMeter
from stream.flashes.guard import FlashGuard

__all__ = ["FlashGuard", "FlashMeter"]
