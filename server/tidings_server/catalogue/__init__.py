"""Catalogue: a projection of the log on customers, wishlists, prices, stock and orders, which can be rebuilt."""
