"""The event collector (document 000): events and event subscriptions."""
