"""Points economies: base points for spend, and the start and expiry of points."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from tidings_server.loyalty import periods
from tidings_server.loyalty.money import DECIMALS, decimals_of
from tidings_server.loyalty.periods import Period
from tidings_server.loyalty.rules.fulfilments import MAX_POINTS_PER_UNIT, PointsBase
from tidings_server.loyalty.rules.lifecycle import RuleStatus
from tidings_server.loyalty.rules.rule_validation import MAX_NAME, name_violations, range_violations
from tidings_server.loyalty.store.rules import StoredRule
from tidings_server.platform.errors import Violation

MAX_LEVELS: Final = 20
MAX_START_DAYS: Final = 366


class ExpiryKind(StrEnum):
    """Start of the period after which points expire."""

    AGE = "AGE"
    """The instant at which they were earned."""
    INACTIVITY = "INACTIVITY"
    """The customer's last order, transaction or redemption."""


@dataclass(frozen=True, slots=True)
class ExpiryPolicy:
    """Period after which points expire."""

    kind: ExpiryKind
    after: Period


@dataclass(frozen=True, slots=True)
class EconomyLevel:
    """A rate for customers with an annual spend of at least `spend` in the event's currency, without the event."""

    name: str
    spend: Decimal
    points_per_unit: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class EconomyDraft:
    """The definition of an economy. Instants are µs, None is open; without `expiry` points do not expire."""

    name: str
    points_per_unit: Decimal
    base: PointsBase = PointsBase.TOTAL
    levels: tuple[EconomyLevel, ...] = ()
    start_after_days: int = 0
    expiry: ExpiryPolicy | None = None
    effective_from_us: int | None = None
    effective_to_us: int | None = None
    currency: str = ""
    """The only currency whose amounts it is for, by ISO 4217; empty: any."""

    def definition(self) -> str:
        """JSON of the fields without a column of their own."""
        values: dict[str, Any] = {
            "pointsPerUnit": str(self.points_per_unit),
            "base": self.base.value,
            "levels": [[level.name, str(level.spend), str(level.points_per_unit)] for level in self.levels],
            "startAfterDays": self.start_after_days,
            "expiry": [self.expiry.kind.value, str(self.expiry.after)] if self.expiry else None,
        }
        if self.currency:
            values["currency"] = self.currency
        return json.dumps(values, separators=(",", ":"), ensure_ascii=False)

    def rate(self, annual_spend: Decimal) -> Decimal:
        """Points per currency unit at this spend: the rate of the highest level that it reaches."""
        reached = [level for level in self.levels if level.spend <= annual_spend]
        return max(reached, key=lambda level: level.spend).points_per_unit if reached else self.points_per_unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Economy:
    """A stored economy. It is effective for events with from ≤ recorded < to."""

    key: int
    id: str
    draft: EconomyDraft
    status: RuleStatus
    version: int
    created_at: int
    created_by: str
    updated_at: int

    def is_effective(self, at_us: int) -> bool:
        """Whether it is active and its dates include an instant."""
        start, end = self.draft.effective_from_us, self.draft.effective_to_us
        is_in_range = (start is None or start <= at_us) and (end is None or at_us < end)
        return self.status is RuleStatus.ACTIVE and is_in_range


def in_effect(economies: Sequence[Economy], at_us: int, currency: str = "") -> Economy | None:
    """The economy in effect at an instant for amounts in a currency: of several, the one that came into effect last.

    One of the same currency, or for an amount without a currency one without, precedes all others.
    Source: WIRE.md 003 (b), points economy.
    """
    candidates = [economy for economy in economies if not currency or economy.draft.currency in ("", currency)]
    effective = [economy for economy in candidates if economy.is_effective(at_us)]
    return max(
        effective,
        key=lambda economy: (economy.draft.currency == currency, economy.draft.effective_from_us or 0, economy.key),
        default=None,
    )


def economy_violations(draft: EconomyDraft) -> Iterator[Violation]:
    """Broken rules of a draft."""
    yield from name_violations(draft.name)
    yield from range_violations(draft.effective_from_us, draft.effective_to_us)
    yield from _rate_violations(draft.points_per_unit, "pointsPerUnit")
    if not 0 <= draft.start_after_days <= MAX_START_DAYS:
        yield Violation("startAfterDays", f"must be 0 to {MAX_START_DAYS}")
    if len(draft.levels) > MAX_LEVELS:
        yield Violation("levels", f"must be at most {MAX_LEVELS}")
    seen: set[Decimal] = set()
    for index, level in enumerate(draft.levels):
        if len(level.name) > MAX_NAME:
            yield Violation(f"levels[{index}].name", f"must be at most {MAX_NAME} characters")
        if level.spend <= 0 or level.spend in seen:
            yield Violation(f"levels[{index}].spend", "must be above 0, and no two the same")
        seen.add(level.spend)
        yield from _rate_violations(level.points_per_unit, f"levels[{index}].pointsPerUnit")


def economy_of(stored: StoredRule) -> Economy:
    """The economy in a row."""
    values = json.loads(stored.definition)
    expiry = values["expiry"]
    draft = EconomyDraft(
        name=stored.name,
        points_per_unit=Decimal(values["pointsPerUnit"]),
        base=PointsBase(values["base"]),
        levels=tuple(EconomyLevel(name, Decimal(spend), Decimal(rate)) for name, spend, rate in values["levels"]),
        start_after_days=values["startAfterDays"],
        expiry=ExpiryPolicy(ExpiryKind(expiry[0]), periods.parse(expiry[1])) if expiry else None,
        effective_from_us=stored.effective_from,
        effective_to_us=stored.effective_to,
        currency=values.get("currency", ""),
    )
    return Economy(
        key=stored.key,
        id=stored.id,
        draft=draft,
        status=RuleStatus(stored.status),
        version=stored.version,
        created_at=stored.created_at,
        created_by=stored.created_by,
        updated_at=stored.updated_at,
    )


def _rate_violations(rate: Decimal, field: str) -> Iterator[Violation]:
    if not 0 <= rate <= MAX_POINTS_PER_UNIT or decimals_of(rate) > DECIMALS:
        yield Violation(field, f"must be 0 to {MAX_POINTS_PER_UNIT:,}, with at most {DECIMALS} decimals")
