"""SQLite: engines, reader, writer's driver, checkpoints of the write-ahead log."""
