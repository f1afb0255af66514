"""Services and messages of document 001."""
