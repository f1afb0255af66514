"""Notification jobs: definition, selection of recipients, run handler, preview."""
