"""A points economy: what spending is worth by itself, and how long points live."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from tidings_server.loyalty import periods
from tidings_server.loyalty.periods import Period
from tidings_server.loyalty.rules.fulfilments import Base
from tidings_server.loyalty.rules.lifecycle import Status
from tidings_server.loyalty.rules.rule_validation import MAX_NAME, name_faults, range_faults
from tidings_server.loyalty.store.rules import StoredRule
from tidings_server.platform.errors import Violation

MAX_LEVELS: Final = 20
MAX_PER_UNIT: Final = 1_000_000
MAX_DECIMALS: Final = 4
MAX_START_DAYS: Final = 366


class ExpiryKind(StrEnum):
    """What the age of points is counted from."""

    AGE = "AGE"
    """From when they were earned."""
    INACTIVITY = "INACTIVITY"
    """From the customer's last order, transaction or redemption."""


@dataclass(frozen=True, slots=True)
class Expiry:
    """When points expire."""

    kind: ExpiryKind
    after: Period


@dataclass(frozen=True, slots=True)
class Level:
    """A better rate for who has spent at least `spend` since the last anniversary, this event not counted."""

    name: str
    spend: Decimal
    points_per_unit: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class EconomyDraft:
    """What the owner of an economy writes. Instants are µs, None is open; no `expiry` means that points stay."""

    name: str
    points_per_unit: Decimal
    base: Base = Base.TOTAL
    levels: tuple[Level, ...] = ()
    start_after_days: int = 0
    expiry: Expiry | None = None
    effective_from_us: int | None = None
    effective_to_us: int | None = None

    def definition(self) -> str:
        """What has no column of its own, as JSON."""
        told = {
            "pointsPerUnit": str(self.points_per_unit),
            "base": self.base.value,
            "levels": [[level.name, str(level.spend), str(level.points_per_unit)] for level in self.levels],
            "startAfterDays": self.start_after_days,
            "expiry": [self.expiry.kind.value, str(self.expiry.after)] if self.expiry else None,
        }
        return json.dumps(told, separators=(",", ":"), ensure_ascii=False)

    def rate(self, annual_spend: Decimal) -> Decimal:
        """Points for a currency unit at this spend: those of the highest level that it reaches."""
        reached = [level for level in self.levels if level.spend <= annual_spend]
        return max(reached, key=lambda level: level.spend).points_per_unit if reached else self.points_per_unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Economy:
    """A stored economy. Dates bound when it counts: from ≤ recorded < to."""

    key: int
    id: str
    draft: EconomyDraft
    status: Status
    version: int
    created_at: int
    created_by: str
    updated_at: int

    def counts(self, at_us: int) -> bool:
        """Whether it counts at an instant, unless another came into effect later."""
        start, end = self.draft.effective_from_us, self.draft.effective_to_us
        is_effective = (start is None or start <= at_us) and (end is None or at_us < end)
        return self.status is Status.ACTIVE and is_effective


def in_effect(economies: Sequence[Economy], at_us: int) -> Economy | None:
    """The economy that counts at an instant: of several, the one that came into effect last.

    Source: WIRE.md 003 (b), points economy.
    """
    counting = [economy for economy in economies if economy.counts(at_us)]
    return max(counting, key=lambda economy: (economy.draft.effective_from_us or 0, economy.key), default=None)


def faults(draft: EconomyDraft) -> Iterator[Violation]:
    """What is wrong with a draft."""
    yield from name_faults(draft.name)
    yield from range_faults(draft.effective_from_us, draft.effective_to_us)
    yield from _rate_faults(draft.points_per_unit, "pointsPerUnit")
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
        yield from _rate_faults(level.points_per_unit, f"levels[{index}].pointsPerUnit")


def economy_of(stored: StoredRule) -> Economy:
    """The economy in a row."""
    told = json.loads(stored.definition)
    expiry = told["expiry"]
    draft = EconomyDraft(
        name=stored.name,
        points_per_unit=Decimal(told["pointsPerUnit"]),
        base=Base(told["base"]),
        levels=tuple(Level(name, Decimal(spend), Decimal(rate)) for name, spend, rate in told["levels"]),
        start_after_days=told["startAfterDays"],
        expiry=Expiry(ExpiryKind(expiry[0]), periods.parse(expiry[1])) if expiry else None,
        effective_from_us=stored.effective_from,
        effective_to_us=stored.effective_to,
    )
    return Economy(
        key=stored.key,
        id=stored.id,
        draft=draft,
        status=Status(stored.status),
        version=stored.version,
        created_at=stored.created_at,
        created_by=stored.created_by,
        updated_at=stored.updated_at,
    )


def _rate_faults(rate: Decimal, field: str) -> Iterator[Violation]:
    if not 0 <= rate <= MAX_PER_UNIT or -int(rate.normalize().as_tuple().exponent) > MAX_DECIMALS:
        yield Violation(field, f"must be 0 to {MAX_PER_UNIT:,}, with at most {MAX_DECIMALS} decimals")
