"""Schedules: fire times, misfires, runs and their execution."""
