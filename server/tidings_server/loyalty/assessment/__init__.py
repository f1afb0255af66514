"""Assessment: which rules match an event and the points they earn; baskets and backtests."""
