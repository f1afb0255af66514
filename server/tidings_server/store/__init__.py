"""The only place that knows SQL: engine, write lane, tables, statements, migrations."""
