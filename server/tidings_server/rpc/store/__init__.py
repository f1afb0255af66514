"""SQL of idempotency keys."""
