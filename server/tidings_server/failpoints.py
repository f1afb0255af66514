"""Named places where a test may make the process die, as a power cut would.

`TIDINGS_FAILPOINT=name` kills the process the first time it passes `name`; `name:3` the third time. Unset (the default)
a place costs one comparison.
"""

import os

DIED = 137

_armed = ""
_left = 0


def arm(spec: str) -> None:
    """Arm one failpoint, `name` or `name:count`; an empty text disarms."""
    global _armed, _left
    name, _, count = spec.partition(":")
    _armed, _left = name, int(count or 1)


def hit(name: str) -> None:
    """Die here, at once and without clean-up, if `name` is armed and its count has come."""
    global _left
    if name != _armed:
        return
    _left -= 1
    if _left <= 0:
        os._exit(DIED)
