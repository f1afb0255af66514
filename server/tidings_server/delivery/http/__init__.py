"""Outgoing HTTP connections behind the egress guard."""
