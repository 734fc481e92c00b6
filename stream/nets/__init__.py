"""Run the two nets as stages of the loop: on the processor, or through a GPU."""
