"""The composition root: every object of a process, one module an area."""
