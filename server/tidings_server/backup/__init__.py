"""Backups of the embedded server: one archive with the database, its keys and its other files, and back again."""
