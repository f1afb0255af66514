"""SQL of consumers, search and retention."""
