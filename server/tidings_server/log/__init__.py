"""The event log: append, consumers with cursors and dead letters, search, watch, retention."""
