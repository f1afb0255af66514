"""PostgreSQL: the engine and its settings."""
