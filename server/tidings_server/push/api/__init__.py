"""Services and messages of document 002."""
