"""Workflow definitions: model, expression language, properties, validation, lint."""
