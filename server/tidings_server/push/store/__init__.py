"""SQL of the push listings."""
