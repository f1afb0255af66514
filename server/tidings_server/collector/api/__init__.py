"""Services and messages of document 000."""
