"""SQL of captured mail."""
