"""The operator's service for a person's data, and the event bodies that name persons."""
