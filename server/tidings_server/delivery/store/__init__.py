"""SQL of subscriptions, deliveries, attempts, leases and replays."""
