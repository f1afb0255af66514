"""State of a database as the doctor reads it."""
