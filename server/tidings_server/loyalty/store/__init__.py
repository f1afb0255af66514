"""SQL of loyalty."""
