"""The networks only; their pre- and postprocessing is in `export.graphs`."""
