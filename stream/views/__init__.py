"""Draw the view of a frame: layouts, names and colours of labels, text and cards."""
