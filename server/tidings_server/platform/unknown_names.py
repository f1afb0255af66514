"""Names that are not known, refused with the nearest that is.

A name is shown where it has the form of one and is short: anything else may be a value that went astray.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches
from typing import Final

from tidings_server.platform.errors import Violation

_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_SIGNS: Final = re.compile(r"[^a-z0-9]")
SLIP: Final = 0.75
"""How alike a slip is to what was meant, of 1: one edit in four characters."""
MOST: Final = 20
"""Names that one object is refused for."""


def shown(name: str) -> str:
    """The name as a text may show it."""
    return name if _NAME.fullmatch(name) else "a name"


def nearest(name: str, known: Collection[str]) -> str:
    """The known name that is most like `name`, whatever the case; `known` is not empty."""
    by_lower = {each.lower(): each for each in sorted(known, reverse=True)}
    [found] = get_close_matches(name[:64].lower(), by_lower, n=1, cutoff=0.0)
    return by_lower[found]


def is_slip(name: str, known: Collection[str]) -> bool:
    """Whether an unknown name is a known one but for case, signs between words, or a slip of the pen."""
    plain = _SIGNS.sub("", name[:64].lower())
    return bool(get_close_matches(plain, [each.lower() for each in known], n=1, cutoff=SLIP))


def rule(name: str, known: Collection[str]) -> str:
    """The rule that an unknown name breaks."""
    return f"is not known here; the nearest is {nearest(name, known)}" if known else "is not known here"


def violations(names: Iterable[str], known: Collection[str], path: str = "") -> Iterator[Violation]:
    """A violation for each of the first unknown names, with its path: `path` is that of the object they are in."""
    unknown = [name for name in names if name not in known]
    for name in unknown[:MOST]:
        yield Violation(f"{path}.{shown(name)}" if path else shown(name), rule(name, known))
