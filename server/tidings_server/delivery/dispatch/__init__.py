"""The dispatcher: what is sent next, how much at once, and recording how it went."""
