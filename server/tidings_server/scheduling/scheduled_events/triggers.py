"""Triggers of scheduled events, read from the JSON objects that clients send.

Unknown keys are stored and ignored, but for slips of known ones, which a new scheduled event may not have.
"""

from collections.abc import Mapping
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
from tidings_server.scheduling.schedules.cron import check_zone
from tidings_server.scheduling.schedules.policy import Policy
from tidings_server.scheduling.schedules.timing import At, Cron, Every, Timing

ONE_OF: Final = ("cron", "at", "every")
MAX_CONDITION: Final = 2_048


class TriggerType(StrEnum):
    """Kind of trigger. Source: document 004."""

    TIME = "TIME"
    EVENT = "EVENT"


KEYS: Final[Mapping[TriggerType, tuple[str, ...]]] = {
    TriggerType.TIME: (*ONE_OF, "timezone", "catchUp", "catchUpWindow", "overlap", "jitter"),
    TriggerType.EVENT: ("topic", "condition", "timezone"),
}
"""Keys that are read."""

SYNONYMS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("tz", "zone", "timeZoneId"), "timezone"),
    **dict.fromkeys(("filter", "when"), "condition"),
}
"""Names that other schedulers have for a key: kept and ignored, the trigger would be another than was meant."""


@dataclass(frozen=True, slots=True)
class TimeTrigger:
    """Fire times, and the policy for misfires and overlapping runs."""

    timing: Timing
    policy: Policy


@dataclass(frozen=True, slots=True)
class EventTrigger:
    """Events of the tenant by topic pattern and CEL condition; an empty condition is true."""

    topic: str
    condition: str


def read_time(trigger: Map, *, now_us: int) -> TimeTrigger:
    """The TIME trigger of a JSON object. Raises InvalidInput on the first key that is wrong, as a past instant is."""
    policy = Policy.checked(
        catch_up=text(trigger, "catchUp"),
        window=text(trigger, "catchUpWindow"),
        overlap=text(trigger, "overlap"),
        jitter=text(trigger, "jitter"),
    )
    return TimeTrigger(_timing(trigger, now_us=now_us), policy)


def read_event(trigger: Map, conditions: Conditions | None = None) -> EventTrigger:
    """The EVENT trigger of a JSON object. Raises InvalidInput on the first key that is wrong.

    `conditions` compiles the condition to check it; None for a stored trigger, which was checked before.
    """
    topic = check_pattern(required_text(trigger, "topic"), "topic")
    condition = text(trigger, "condition", max_length=MAX_CONDITION)
    if conditions is not None:
        zone_of(trigger)
    if condition and conditions is not None:
        conditions.check(condition, "condition")
    return EventTrigger(topic, condition)


def zone_of(trigger: Map) -> str:
    """The time zone of a trigger, in which reports have their days too. Raises InvalidInput for one that is none."""
    return check_zone(text(trigger, "timezone") or "UTC", "timezone")


def _timing(trigger: Map, *, now_us: int) -> Timing:
    timings = {name: value for name in ONE_OF if (value := text(trigger, name))}
    zone = zone_of(trigger)
    match list(timings.items()):
        case []:
            raise InvalidInput.of("cron", f"one of {', '.join(ONE_OF)} is required")
        case [("cron", value)]:
            return Cron.checked(value, zone)
        case [("at", value)]:
            return _at(value, now_us=now_us)
        case [("every", value)]:
            return Every.checked(_period_us(value), now_us, field="every")
        case [_, (second, _), *_]:
            raise InvalidInput.of(second, f"only one of {', '.join(ONE_OF)} may be there")
    raise AssertionError


def _at(value: str, *, now_us: int) -> At:
    try:
        at_us = parse_rfc3339(value)
    except ValueError:
        raise InvalidInput.of("at", "must be an RFC 3339 date-time with its offset") from None
    if at_us <= now_us:
        raise InvalidInput.of("at", "must be in the future")
    return At(at_us)


def _period_us(value: str) -> int:
    try:
        return durations.parse(value) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        raise InvalidInput.of("every", durations.FORM_IN_WORDS) from None
