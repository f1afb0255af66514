"""The database: engines of SQLite and PostgreSQL, the write queue (group commit), the rows of the log, migrations."""
