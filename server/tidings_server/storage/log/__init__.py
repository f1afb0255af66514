"""The log in SQL: append, read, the cache of its last events, its head."""
