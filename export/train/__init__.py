"""How the `small` bundle was made, runnable again: `python -m export.train segmenter` and `painter`."""
