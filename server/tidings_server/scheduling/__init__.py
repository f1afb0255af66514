"""Scheduled events (document 004), schedules and their runs, notification jobs."""
