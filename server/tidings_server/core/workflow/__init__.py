"""Workflows: what becomes of an entity when an event about it comes.

`definition`, `validation` and `matching` know workflows as data, `rules` what a step can do, `engine` runs one event.
None of them does I/O; clock and ids are injected. `reactor` runs the events of the log through the engine.
"""
