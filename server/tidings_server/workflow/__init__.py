"""Workflow events (document 001): workflows, entities, audits, search, trace."""
