"""Middleware around every RPC, one concern a module."""
