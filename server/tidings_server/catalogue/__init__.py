"""What the log says of a shop: customers, wishlists, prices, stock, orders. A projection, so it can be rebuilt."""
