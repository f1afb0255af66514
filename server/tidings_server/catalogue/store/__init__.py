"""SQL of the catalogue projection."""
