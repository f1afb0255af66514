"""Rows of the log: appending, reading, the cache of its last events, its head."""
