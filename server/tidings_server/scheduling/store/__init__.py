"""SQL of schedules, runs, scheduled events and jobs."""
