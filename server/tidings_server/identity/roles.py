"""Roles: names for sets of scopes, accepted wherever scopes are granted or requested."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from tidings_server.rpc.required_scopes import EVENTS_READ, RULES_READ, SUBSCRIPTIONS_READ

READ_ONLY: Final = "read-only"
"""Reads everything that its tenant has and changes nothing."""
ROLES: Final[Mapping[str, frozenset[str]]] = {READ_ONLY: frozenset({EVENTS_READ, SUBSCRIPTIONS_READ, RULES_READ})}
"""Scopes of each role."""


def scopes_of(names: Iterable[str]) -> frozenset[str]:
    """Scopes in which roles are replaced by what they stand for; other names stay as they are."""
    return frozenset(scope for name in names for scope in ROLES.get(name, (name,)))


def role_of(scopes: Collection[str]) -> str | None:
    """The role that has just these scopes; None where there is none."""
    return next((role for role, held in ROLES.items() if held == frozenset(scopes)), None)
