"""Tidings: one commerce event hub that answers to five documented APIs."""

__version__ = "0.3.0"
