"""Refusals of backups and restores."""


class BackupRefused(Exception):
    """The backup or the restore cannot be made; the text says why and what to do, and names no secret."""
