"""The networks only; what surrounds them lies in the graphs."""
