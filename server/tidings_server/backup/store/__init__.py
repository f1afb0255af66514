"""Snapshots of the embedded database."""
