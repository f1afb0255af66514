"""The gRPC server: middleware, error bodies, metadata, required scopes, field rules, rate limits, idempotency."""
