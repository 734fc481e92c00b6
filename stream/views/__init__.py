"""What is shown of a frame: the layouts, the names and colours of labels, letters and cards."""
