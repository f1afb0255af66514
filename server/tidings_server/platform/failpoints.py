"""Named places where a test may make the process die, as a power cut would.

`TIDINGS_FAILPOINT=name` kills the process the first time it passes `name`; `name:3` the third time. Unset (the default)
a place costs one comparison.
"""

import os
from dataclasses import dataclass

DIED = 137
"""Exit status of a process that died at a failpoint, as after SIGKILL."""


@dataclass(slots=True)
class _Armed:
    name: str = ""
    left: int = 0


_armed = _Armed()


def arm(spec: str) -> None:
    """Arm one failpoint, `name` or `name:count`; an empty text disarms."""
    name, _, count = spec.partition(":")
    _armed.name, _armed.left = name, int(count or 1)


def hit(name: str) -> None:
    """Die here, at once and without clean-up, if `name` is armed and its count has come."""
    if name != _armed.name:
        return
    _armed.left -= 1
    if _armed.left <= 0:
        os._exit(DIED)
