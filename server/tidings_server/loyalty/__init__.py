"""Loyalty (document 003): rules by which events earn points, and the points ledger."""
