"""Triggers as clients write them: what the runner reads of them, and what it cannot read.

Keys that no trigger has are kept and mean nothing.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from tidings_server.expressions.conditions import Conditions
from tidings_server.log.topics import check_pattern
from tidings_server.platform import durations
from tidings_server.platform.clock import parse_rfc3339
from tidings_server.platform.errors import InvalidInput
from tidings_server.scheduling.scheduled_events.fields import Map, required_text, text
from tidings_server.scheduling.schedules.policy import Policy
from tidings_server.scheduling.schedules.timing import At, Cron, Every, Timing

ONE_OF: Final = ("cron", "at", "every")
MAX_CONDITION: Final = 2_048


class TriggerType(StrEnum):
    """What sets an action off. Source: document 004."""

    TIME = "TIME"
    EVENT = "EVENT"


@dataclass(frozen=True, slots=True)
class TimeTrigger:
    """Fire times, and what is done about missed ones."""

    timing: Timing
    policy: Policy


@dataclass(frozen=True, slots=True)
class EventTrigger:
    """Events of the tenant. An empty condition holds."""

    topic: str
    condition: str


def read_time(trigger: Map, *, now_us: int) -> TimeTrigger:
    """A TIME trigger. Raises InvalidInput on the key that is wrong; an instant that is over never comes."""
    policy = Policy.checked(
        catch_up=text(trigger, "catchUp"),
        window=text(trigger, "catchUpWindow"),
        overlap=text(trigger, "overlap"),
        jitter=text(trigger, "jitter"),
    )
    return TimeTrigger(_timing(trigger, now_us=now_us), policy)


def read_event(trigger: Map, conditions: Conditions | None = None) -> EventTrigger:
    """An EVENT trigger; `conditions` check what was just written. Raises InvalidInput on the key that is wrong."""
    topic = check_pattern(required_text(trigger, "topic"), "topic")
    condition = text(trigger, "condition", max_length=MAX_CONDITION)
    if condition and conditions is not None:
        conditions.check(condition, "condition")
    return EventTrigger(topic, condition)


def _timing(trigger: Map, *, now_us: int) -> Timing:
    given = {name: value for name in ONE_OF if (value := text(trigger, name))}
    zone = text(trigger, "timezone") or "UTC"
    match list(given.items()):
        case []:
            raise InvalidInput.of("cron", f"one of {', '.join(ONE_OF)} is required")
        case [("cron", written)]:
            return Cron.checked(written, zone)
        case [("at", written)]:
            return _at(written, now_us=now_us)
        case [("every", written)]:
            return Every.checked(_period_us(written), now_us, field="every")
        case [_, (second, _), *_]:
            raise InvalidInput.of(second, f"only one of {', '.join(ONE_OF)} may be there")
    raise AssertionError


def _at(written: str, *, now_us: int) -> At:
    try:
        at_us = parse_rfc3339(written)
    except ValueError:
        raise InvalidInput.of("at", "must be an RFC 3339 date-time with its offset") from None
    if at_us <= now_us:
        raise InvalidInput.of("at", "must be in the future")
    return At(at_us)


def _period_us(written: str) -> int:
    try:
        return durations.parse(written) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        raise InvalidInput.of("every", durations.FORM_IN_WORDS) from None
