"""Try everything that wants a GPU, on the day that there is one: `make gpu-day`."""
