"""The life of a rule or an economy. Source: the vendor's page on rule status, WIRE.md 003 (b)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from tidings_server.platform.errors import WrongState


class Status(StrEnum):
    """Where a rule is in its life."""

    CONFIGURE = "CONFIGURE"
    """Being written; assessed never."""
    TEST = "TEST"
    """Assessed and recorded, never applied; it can still be changed."""
    ACTIVE = "ACTIVE"
    """Applied, and not to be changed any more."""
    INACTIVE = "INACTIVE"
    """Not assessed any more, and never Active again."""
    ARCHIVED = "ARCHIVED"
    """Kept to be read."""


LIVE: Final = (Status.TEST, Status.ACTIVE)
"""States in which a rule is assessed."""

EDITABLE: Final = (Status.CONFIGURE, Status.TEST)
"""States in which it can be changed."""

_NEXT: Final[Mapping[Status, frozenset[Status]]] = {
    Status.CONFIGURE: frozenset({Status.TEST, Status.ACTIVE}),
    Status.TEST: frozenset({Status.ACTIVE}),
    Status.ACTIVE: frozenset({Status.INACTIVE, Status.ARCHIVED}),
    Status.INACTIVE: frozenset({Status.ARCHIVED}),
    Status.ARCHIVED: frozenset(),
}


def may_become(status: Status, following: Status) -> bool:
    """Whether a rule in `status` may be given the status `following`."""
    return following in _NEXT[status]


def check_transition(status: Status, following: Status) -> None:
    """Raises WrongState for a step that the life of a rule does not have."""
    if not may_become(status, following):
        raise WrongState(f"A rule that is {status.value} cannot become {following.value}.")


def check_editable(status: Status) -> None:
    """Raises WrongState for a rule that cannot be changed any more."""
    if status not in EDITABLE:
        raise WrongState(f"A rule that is {status.value} cannot be changed any more.")
