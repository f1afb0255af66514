"""Scheduled events of stores (document 004): a trigger, an action, and what comes of them."""
