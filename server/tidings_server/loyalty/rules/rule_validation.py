"""Validation of rules, except the condition, which `condition_language` checks."""

from collections.abc import Iterator
from typing import Final

from tidings_server.loyalty.rules import fulfilment_validation
from tidings_server.loyalty.rules.fulfilments import MAX_FULFILMENTS
from tidings_server.loyalty.rules.rule import RuleDraft
from tidings_server.loyalty.store.tables import NAME_SPACE_LENGTH
from tidings_server.platform.errors import Violation

MAX_NAME: Final = 256
MAX_DESCRIPTION: Final = 1_024


def rule_violations(draft: RuleDraft) -> Iterator[Violation]:
    """Broken rules of a draft."""
    yield from name_violations(draft.name)
    if len(draft.description) > MAX_DESCRIPTION:
        yield Violation("description", f"must be at most {MAX_DESCRIPTION:,} characters")
    if draft.name_space.equals and draft.name_space.begins_with:
        yield Violation("nameSpace", "takes equals or beginsWith, not both")
    if max(len(draft.name_space.equals), len(draft.name_space.begins_with)) > NAME_SPACE_LENGTH:
        yield Violation("nameSpace", f"must be at most {NAME_SPACE_LENGTH} characters")
    yield from range_violations(draft.effective_from_us, draft.effective_to_us)
    if not 0 < len(draft.fulfilments) <= MAX_FULFILMENTS:
        yield Violation("fulfilments", f"must be 1 to {MAX_FULFILMENTS}")
    for index, fulfilment in enumerate(draft.fulfilments):
        yield from fulfilment_validation.fulfilment_violations(fulfilment, draft.assesses, f"fulfilments[{index}]")


def name_violations(name: str) -> Iterator[Violation]:
    """Broken rules of the name of a rule or an economy."""
    if not 0 < len(name) <= MAX_NAME:
        yield Violation("name", f"must be 1 to {MAX_NAME} characters")


def range_violations(from_us: int | None, to_us: int | None) -> Iterator[Violation]:
    """Broken rules of the dates of a rule or an economy."""
    if from_us is not None and to_us is not None and from_us >= to_us:
        yield Violation("effectiveTo", "must be after effectiveFrom")
