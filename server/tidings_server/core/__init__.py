"""What Tidings does, free of protocols: the log, its reactors, subscriptions, tenants."""
