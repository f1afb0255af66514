"""Subscriptions and delivery: matching, queue, leases, dispatcher, retries, destinations, signatures, egress guard."""
