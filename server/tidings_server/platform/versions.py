"""Order of released versions."""

import re
from typing import Final

_NUMBERS: Final = re.compile(r"\d+(?:\.\d+)*")


def release(version: str) -> tuple[int, ...]:
    """Numbers of a version, to compare: "0.2.0" gives (0, 2); what follows them (`rc1`, `.dev0`) does not count.

    Raises ValueError for a text that begins with no number.
    """
    found = _NUMBERS.match(version)
    if found is None:
        raise ValueError("A version begins with a number.")
    numbers = [int(each) for each in found.group().split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)
