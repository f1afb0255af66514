"""What the log says of a shop: customers, wishes, prices, stock, orders. Projected, so it can be built again."""
