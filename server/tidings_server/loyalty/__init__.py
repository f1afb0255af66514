"""Loyalty (document 003): rules that say what events earn, and the ledger of points."""
