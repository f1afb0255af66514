"""Named places where a test may make the process die, as a power cut would, or stand still.

`TIDINGS_FAILPOINT=name` kills the process the first time it passes `name`; `name:3` the third time; `name:3:stop` stops
it there until it gets SIGCONT. `name` may have wildcards, as in `*.before_commit`. Unset, a place costs one
comparison.
"""

import os
import signal
from dataclasses import dataclass
from fnmatch import fnmatchcase

DIED = 137
"""Exit status of a process that died at a failpoint, as after SIGKILL."""
STOP = "stop"
FORM = r"^([\w.*?!\[\]-]+(:[1-9][0-9]{0,8}(:stop)?)?)?$"


@dataclass(slots=True)
class _Armed:
    name: str = ""
    left: int = 0
    stops: bool = False


_armed = _Armed()


def arm(spec: str) -> None:
    """Arm one failpoint, `name`, `name:count` or `name:count:stop`; an empty text disarms."""
    name, _, how = spec.partition(":")
    count, _, what = how.partition(":")
    _armed.name, _armed.left, _armed.stops = name, int(count or 1), what == STOP


def hit(name: str) -> None:
    """Die here, at once and without clean-up, or stand still, if `name` is armed and its count has come."""
    if not _armed.name or not fnmatchcase(name, _armed.name):
        return
    _armed.left -= 1
    if _armed.left > 0:
        return
    if not _armed.stops:
        os._exit(DIED)
    _armed.name = ""
    os.kill(os.getpid(), signal.SIGSTOP)
