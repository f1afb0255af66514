"""The lifecycle of a rule or an economy. Source: the vendor's page on rule status, WIRE.md 003 (b)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from tidings_server.platform.errors import WrongState


class RuleStatus(StrEnum):
    """State in the lifecycle."""

    CONFIGURE = "CONFIGURE"
    """Being edited; not assessed."""
    TEST = "TEST"
    """Assessed and recorded, not applied; it can still be changed."""
    ACTIVE = "ACTIVE"
    """Applied, and immutable."""
    INACTIVE = "INACTIVE"
    """Not assessed any more, and never active again."""
    ARCHIVED = "ARCHIVED"
    """Stored only to be read."""


LIVE: Final = (RuleStatus.TEST, RuleStatus.ACTIVE)
"""States in which a rule is assessed."""

EDITABLE: Final = (RuleStatus.CONFIGURE, RuleStatus.TEST)
"""States in which it can be changed."""

_NEXT: Final[Mapping[RuleStatus, frozenset[RuleStatus]]] = {
    RuleStatus.CONFIGURE: frozenset({RuleStatus.TEST, RuleStatus.ACTIVE}),
    RuleStatus.TEST: frozenset({RuleStatus.ACTIVE}),
    RuleStatus.ACTIVE: frozenset({RuleStatus.INACTIVE, RuleStatus.ARCHIVED}),
    RuleStatus.INACTIVE: frozenset({RuleStatus.ARCHIVED}),
    RuleStatus.ARCHIVED: frozenset(),
}


def may_become(status: RuleStatus, following: RuleStatus) -> bool:
    """Whether the lifecycle has a transition between two states."""
    return following in _NEXT[status]


def check_transition(status: RuleStatus, following: RuleStatus) -> None:
    """Raises WrongState for a transition that the lifecycle does not have."""
    if not may_become(status, following):
        raise WrongState(f"A rule that is {status.value} cannot become {following.value}.")


def check_editable(status: RuleStatus) -> None:
    """Raises WrongState for a rule that cannot be changed any more."""
    if status not in EDITABLE:
        raise WrongState(f"A rule that is {status.value} cannot be changed any more.")
