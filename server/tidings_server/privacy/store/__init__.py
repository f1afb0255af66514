"""SQL of erasures and of rows that name a person."""
