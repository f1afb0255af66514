"""Push subscriptions (document 002)."""
