"""Alembic migrations of the database, and carrying them out."""
