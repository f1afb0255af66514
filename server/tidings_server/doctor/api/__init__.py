"""The doctor's findings for the operator's API."""
