"""Assessment: which rules match an event and what they bring; baskets and backtests."""
