"""Rules: the events that a rule assesses, its condition, and its fulfilments."""

import json
from dataclasses import dataclass
from enum import StrEnum

from tidings_server.loyalty.events import EventKind
from tidings_server.loyalty.rules import fulfilments
from tidings_server.loyalty.rules.fulfilments import Fulfilment
from tidings_server.loyalty.rules.lifecycle import RuleStatus
from tidings_server.loyalty.store.rules import StoredRule


class Assesses(StrEnum):
    """Events that a rule assesses; SPEND are orders and transactions."""

    ACTION = "ACTION"
    ORDER = "ORDER"
    TRANSACTION = "TRANSACTION"
    SPEND = "SPEND"
    BASKET = "BASKET"

    @property
    def kinds(self) -> tuple[EventKind, ...]:
        """The kinds of event."""
        return (EventKind.ORDER, EventKind.TRANSACTION) if self is Assesses.SPEND else (EventKind(self.value),)


@dataclass(frozen=True, slots=True)
class NameSpace:
    """Namespaces that a rule assesses: one, those with a prefix, or all where both are empty."""

    equals: str = ""
    begins_with: str = ""

    def covers(self, name_space: str) -> bool:
        """Whether a namespace is included. Case-sensitive."""
        return name_space == self.equals if self.equals else name_space.startswith(self.begins_with)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDraft:
    """The definition of a rule. `condition` is CEL, empty: always true. Instants are µs, None is open."""

    name: str
    assesses: Assesses
    fulfilments: tuple[Fulfilment, ...]
    description: str = ""
    name_space: NameSpace = NameSpace()
    condition: str = ""
    effective_from_us: int | None = None
    effective_to_us: int | None = None

    def definition(self) -> str:
        """JSON of the fields without a column of their own."""
        values = {
            "description": self.description,
            "assesses": self.assesses.value,
            "equals": self.name_space.equals,
            "beginsWith": self.name_space.begins_with,
            "condition": self.condition,
            "fulfilments": [fulfilments.to_json(each) for each in self.fulfilments],
        }
        return json.dumps(values, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoyaltyRule:
    """A stored rule. `key` is its number in tables. It assesses events with from ≤ recorded < to."""

    key: int
    id: str
    draft: RuleDraft
    status: RuleStatus
    version: int
    created_at: int
    created_by: str
    updated_at: int
    last_condition_error: str = ""
    last_condition_error_at: int | None = None

    def is_effective(self, at_us: int) -> bool:
        """Whether the dates include an instant."""
        start, end = self.draft.effective_from_us, self.draft.effective_to_us
        return (start is None or start <= at_us) and (end is None or at_us < end)


def rule_of(stored: StoredRule) -> LoyaltyRule:
    """The rule in a row."""
    values = json.loads(stored.definition)
    draft = RuleDraft(
        name=stored.name,
        description=values["description"],
        assesses=Assesses(values["assesses"]),
        name_space=NameSpace(values["equals"], values["beginsWith"]),
        condition=values["condition"],
        effective_from_us=stored.effective_from,
        effective_to_us=stored.effective_to,
        fulfilments=tuple(map(fulfilments.from_json, values["fulfilments"])),
    )
    return LoyaltyRule(
        key=stored.key,
        id=stored.id,
        draft=draft,
        status=RuleStatus(stored.status),
        version=stored.version,
        created_at=stored.created_at,
        created_by=stored.created_by,
        updated_at=stored.updated_at,
        last_condition_error=stored.last_condition_error,
        last_condition_error_at=stored.last_condition_error_at,
    )
