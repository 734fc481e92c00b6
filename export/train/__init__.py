"""Train the `small` bundle again: `python -m export.train segmenter` and `painter`."""
