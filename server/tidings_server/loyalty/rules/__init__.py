"""Rules and points economies: their form, lifecycle, condition language."""
