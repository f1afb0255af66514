"""The tables of the relay."""
