"""The subcommands of `neteyes`, one a file. Each wires things together and knows nothing else."""
