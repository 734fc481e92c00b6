"""Words on pictures."""

import tracemalloc

import numpy as np

from stream.views.text import put_text


def test_lines_that_are_never_the_same_twice_are_not_all_kept():
    """A camera that is away for days: "the last picture came 2 h 5 min ago"."""
    view = np.zeros((512, 512, 3), np.uint8)
    tracemalloc.start()
    for minute in range(400):
        put_text(view, f"nobody answers; the last picture came {minute} min ago", 4, 100, 22, (255, 255, 255))
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 15_000_000
