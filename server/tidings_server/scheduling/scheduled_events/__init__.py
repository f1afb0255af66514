"""Scheduled events of stores: triggers, actions, and the consumer of event triggers."""
