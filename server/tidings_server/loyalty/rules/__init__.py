"""Rules and points economies: definition, validation, lifecycle, condition language."""
