"""Services and messages of document 004, and of notification jobs (document 000)."""
