"""A rule: which events it is for, when it matches, what it gives."""

import json
from dataclasses import dataclass
from enum import StrEnum

from tidings_server.loyalty.events import Kind
from tidings_server.loyalty.rules import fulfilments
from tidings_server.loyalty.rules.fulfilments import Fulfilment
from tidings_server.loyalty.rules.lifecycle import Status
from tidings_server.loyalty.store.rules import StoredRule


class Assesses(StrEnum):
    """Which events a rule is for; SPEND are orders and transactions."""

    ACTION = "ACTION"
    ORDER = "ORDER"
    TRANSACTION = "TRANSACTION"
    SPEND = "SPEND"
    BASKET = "BASKET"

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of event."""
        return (Kind.ORDER, Kind.TRANSACTION) if self is Assesses.SPEND else (Kind(self.value),)


@dataclass(frozen=True, slots=True)
class NameSpace:
    """Which namespaces a rule is for: one, those that begin alike, or all where both are empty."""

    equals: str = ""
    begins_with: str = ""

    def covers(self, name_space: str) -> bool:
        """Whether an event in `name_space` is meant. Case counts."""
        return name_space == self.equals if self.equals else name_space.startswith(self.begins_with)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDraft:
    """What the owner of a rule writes. `condition` is CEL, empty: always true. Instants are µs, None is open."""

    name: str
    assesses: Assesses
    fulfilments: tuple[Fulfilment, ...]
    description: str = ""
    name_space: NameSpace = NameSpace()
    condition: str = ""
    effective_from_us: int | None = None
    effective_to_us: int | None = None

    def definition(self) -> str:
        """What has no column of its own, as JSON."""
        told = {
            "description": self.description,
            "assesses": self.assesses.value,
            "equals": self.name_space.equals,
            "beginsWith": self.name_space.begins_with,
            "condition": self.condition,
            "fulfilments": [fulfilments.dumped(given) for given in self.fulfilments],
        }
        return json.dumps(told, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A stored rule. `key` is its number in tables. Dates bound what is assessed: from ≤ recorded < to."""

    key: int
    id: str
    draft: RuleDraft
    status: Status
    version: int
    created_at: int
    created_by: str
    updated_at: int
    last_condition_error: str = ""
    last_condition_error_at: int | None = None

    def is_effective(self, at_us: int) -> bool:
        """Whether its dates include an instant."""
        start, end = self.draft.effective_from_us, self.draft.effective_to_us
        return (start is None or start <= at_us) and (end is None or at_us < end)


def rule_of(stored: StoredRule) -> Rule:
    """The rule in a row."""
    told = json.loads(stored.definition)
    draft = RuleDraft(
        name=stored.name,
        description=told["description"],
        assesses=Assesses(told["assesses"]),
        name_space=NameSpace(told["equals"], told["beginsWith"]),
        condition=told["condition"],
        effective_from_us=stored.effective_from,
        effective_to_us=stored.effective_to,
        fulfilments=tuple(map(fulfilments.loaded, told["fulfilments"])),
    )
    return Rule(
        key=stored.key,
        id=stored.id,
        draft=draft,
        status=Status(stored.status),
        version=stored.version,
        created_at=stored.created_at,
        created_by=stored.created_by,
        updated_at=stored.updated_at,
        last_condition_error=stored.last_condition_error,
        last_condition_error_at=stored.last_condition_error_at,
    )
