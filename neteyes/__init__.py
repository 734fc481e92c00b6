"""The front door: one command, `neteyes`, whose subcommands only wire things together."""

__version__ = "0.1.0"
