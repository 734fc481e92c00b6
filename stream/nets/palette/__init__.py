"""Segment by colours: pictures whose flat colours are their label map, such as games and cartoons."""
