"""Services and messages of document 003."""
