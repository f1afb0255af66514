"""Reading of triggers and actions, and their validation."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tidings.collector.v1.events_pb2 import Event
from tidings_server.expressions.conditions import Conditions
from tidings_server.platform.clock import to_us
from tidings_server.platform.errors import InvalidInput
from tidings_server.scheduling.scheduled_events import actions, triggers
from tidings_server.scheduling.scheduled_events.actions import ActionType, EmailAction, ReportAction
from tidings_server.scheduling.scheduled_events.fields import check_names
from tidings_server.scheduling.scheduled_events.triggers import EventTrigger, TriggerType, read_event, read_time
from tidings_server.scheduling.schedules.policy import CatchUp, Overlap, Policy
from tidings_server.scheduling.schedules.timing import At, Cron, Every

NOW = to_us(datetime(2026, 3, 2, 12, tzinfo=UTC))
CONDITIONS = Conditions(Event.DESCRIPTOR.file.pool, Event.DESCRIPTOR.full_name)
LETTER = {"to": "ada@example.com", "subject": "Hi", "body": "There"}


@pytest.mark.parametrize(
    ("trigger", "timing"),
    [
        ({"cron": "0 8 * * *"}, Cron("0 8 * * *", "UTC")),
        ({"cron": "0 8 * * *", "timezone": "Europe/Stockholm"}, Cron("0 8 * * *", "Europe/Stockholm")),
        ({"every": "PT90M"}, Every(5_400_000_000, NOW)),
        ({"at": "2026-03-02T14:00:00+01:00"}, At(NOW + 3_600_000_000)),
        ({"cron": "", "at": None, "every": "P1D", "unknown": [1]}, Every(86_400_000_000, NOW)),
    ],
)
def test_a_time_trigger_has_a_timing(trigger: dict[str, Any], timing: object) -> None:
    assert read_time(trigger, now_us=NOW).timing == timing


def test_a_time_trigger_has_a_policy_for_misfires() -> None:
    trigger = {"every": "PT1H", "catchUp": "all", "catchUpWindow": "PT2H", "overlap": "queue", "jitter": "PT30S"}
    assert read_time(trigger, now_us=NOW).policy == Policy(CatchUp.ALL, 7_200, Overlap.QUEUE, 30)
    assert read_time({"every": "PT1H"}, now_us=NOW).policy == Policy()


@pytest.mark.parametrize(
    ("trigger", "field"),
    [
        ({}, "cron"),
        ({"topic": "order.created"}, "cron"),
        ({"cron": "every day"}, "cron"),
        ({"cron": "* * * * * *"}, "cron"),
        ({"cron": "0 0 30 2 *"}, "cron"),
        ({"cron": 5}, "cron"),
        ({"cron": ["0 8 * * *"]}, "cron"),
        ({"cron": "0 8 * * *", "timezone": "Mars/Phobos"}, "timezone"),
        ({"cron": "0 8 * * *", "timezone": {"a": 1}}, "timezone"),
        ({"cron": "0 8 * * *", "at": "2027-01-01T00:00:00Z"}, "at"),
        ({"at": "2027-01-01T00:00:00Z", "every": "PT1H"}, "every"),
        ({"at": "2026-03-02T12:00:00Z"}, "at"),
        ({"at": "2027-01-01"}, "at"),
        ({"at": "2027-01-01T00:00:00"}, "at"),
        ({"at": "tomorrow"}, "at"),
        ({"every": "1 hour"}, "every"),
        ({"every": "PT59S"}, "every"),
        ({"every": "P9999999D"}, "every"),
        ({"every": "-PT5M"}, "every"),
        ({"every": "PT1H", "catchUp": "most"}, "catchUp"),
        ({"every": "PT1H", "catchUpWindow": "P2Y"}, "catchUpWindow"),
        ({"every": "PT1H", "catchUpWindow": "P400D"}, "catchUpWindow"),
        ({"every": "PT1H", "overlap": "maybe"}, "overlap"),
        ({"every": "PT1H", "jitter": "PT2H"}, "jitter"),
        ({"every": "PT1H", "jitter": 30}, "jitter"),
    ],
)
def test_a_time_trigger_that_cannot_be_read_names_its_key(trigger: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_time(trigger, now_us=NOW)
    assert [each.field for each in refused.value.violations] == [field]


def test_an_event_trigger_has_a_topic_and_perhaps_a_condition() -> None:
    assert read_event({"topic": "order.*"}, CONDITIONS) == EventTrigger("order.*", "")
    trigger = {"topic": "order.created", "condition": 'topic == "order.created"'}
    assert read_event(trigger, CONDITIONS) == EventTrigger("order.created", 'topic == "order.created"')


@pytest.mark.parametrize(
    ("trigger", "field"),
    [
        ({}, "topic"),
        ({"topic": ""}, "topic"),
        ({"topic": "Order Created"}, "topic"),
        ({"topic": "order"}, "topic"),
        ({"topic": 7}, "topic"),
        ({"topic": "order.created", "condition": "event.nosuch == 1"}, "condition"),
        ({"topic": "order.created", "condition": "1 + 1"}, "condition"),
        ({"topic": "order.created", "condition": "x" * 3_000}, "condition"),
    ],
)
def test_an_event_trigger_that_cannot_be_read_names_its_key(trigger: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_event(trigger, CONDITIONS)
    assert [each.field for each in refused.value.violations] == [field]


def test_actions_are_mails_and_reports() -> None:
    assert actions.read(ActionType.SEND_EMAIL, LETTER) == EmailAction(("ada@example.com",), "Hi", "There")
    several = {"to": ["ada@example.com", "bob@example.com", "ada@example.com"], "days": "3"}
    expected = ReportAction(ActionType.BEST_BEFORE_EMAIL, ("ada@example.com", "bob@example.com"), 3)
    assert actions.read(ActionType.BEST_BEFORE_EMAIL, several) == expected
    assert actions.read(ActionType.UNDELIVERED_ORDER_EMAIL, {"to": "ada@example.com", "days": 0}).to == (
        "ada@example.com",
    )


@pytest.mark.parametrize(
    ("kind", "action", "field"),
    [
        (ActionType.SEND_EMAIL, {}, "to"),
        (ActionType.SEND_EMAIL, {**LETTER, "to": "no address"}, "to"),
        (ActionType.SEND_EMAIL, {**LETTER, "to": "ada@example.com\nBcc: eve@example.com"}, "to"),
        (ActionType.SEND_EMAIL, {**LETTER, "to": "ada@example.com, eve@example.com"}, "to"),
        (ActionType.SEND_EMAIL, {**LETTER, "to": ["ada@example.com", 5]}, "to"),
        (ActionType.SEND_EMAIL, {**LETTER, "to": []}, "to"),
        (ActionType.SEND_EMAIL, {**LETTER, "to": [f"a{number}@example.com" for number in range(101)]}, "to"),
        (ActionType.SEND_EMAIL, {**LETTER, "subject": " "}, "subject"),
        (ActionType.SEND_EMAIL, {**LETTER, "subject": "Hi\r\nBcc: eve@example.com"}, "subject"),
        (ActionType.SEND_EMAIL, {**LETTER, "subject": "{{ open"}, "subject"),
        (ActionType.SEND_EMAIL, {**LETTER, "body": None}, "body"),
        (ActionType.SEND_EMAIL, {**LETTER, "body": "{% for a in range(9) %}{% endfor %}"}, "body"),
        (ActionType.BEST_BEFORE_EMAIL, {"to": "ada@example.com"}, "days"),
        (ActionType.BEST_BEFORE_EMAIL, {"to": "ada@example.com", "days": -1}, "days"),
        (ActionType.BEST_BEFORE_EMAIL, {"to": "ada@example.com", "days": 1.5}, "days"),
        (ActionType.BEST_BEFORE_EMAIL, {"to": "ada@example.com", "days": True}, "days"),
        (ActionType.UNDELIVERED_ORDER_EMAIL, {"to": "ada@example.com", "days": "soon"}, "days"),
        (ActionType.UNDELIVERED_ORDER_EMAIL, {"to": "ada@example.com", "days": 3_651}, "days"),
        (ActionType.UNDELIVERED_ORDER_EMAIL, {"to": "ada@example.com", "days": "٣"}, "days"),
    ],
)
def test_an_action_that_cannot_be_read_names_its_key(kind: ActionType, action: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        actions.read(kind, action)
    assert [each.field for each in refused.value.violations] == [field]


@pytest.mark.parametrize(
    ("key", "nearest"),
    [
        ("timzone", "timezone"),
        ("timeZone", "timezone"),
        ("time_zone", "timezone"),
        ("Cron", "cron"),
        ("catchup", "catchUp"),
    ],
)
def test_a_slip_in_a_key_is_refused_with_the_key_that_was_meant(key: str, nearest: str) -> None:
    with pytest.raises(InvalidInput, match=f"{key}: is not known here; the nearest is {nearest}"):
        check_names({"at": "x", key: "x"}, triggers.KEYS[TriggerType.TIME])


@pytest.mark.parametrize("key", ["comment", "x-own", "ID", "n"])
def test_other_keys_are_kept(key: str) -> None:
    check_names({key: "x"}, triggers.KEYS[TriggerType.TIME])
    check_names({key: "x"}, actions.KEYS[ActionType.SEND_EMAIL])
