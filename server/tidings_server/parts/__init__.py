"""The composition root: every object of a process, an area a module. Nothing else knows every class."""
