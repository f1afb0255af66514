"""Topics: how names become them, and which patterns match."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidings_server.log import topics
from tidings_server.platform.errors import InvalidInput

NAMES = st.text(max_size=1_100)


@pytest.mark.parametrize(
    ("entity", "verb", "topic"),
    [
        ("ORDER", "created", "order.created"),
        ("Order Entry", "created", "order_entry.created"),
        ("a--b..c", "x", "a_b_c.x"),
        ("ORDER", "Split -> Ship", "order.split_ship"),
        ("Größe", "x", "gr_e.x"),
        ("", "created", "event.created"),
        ("###", "", "_.happened"),
    ],
)
def test_a_topic_is_made_of_names(entity: str, verb: str, topic: str) -> None:
    assert topics.topic(entity, verb) == topic
    assert (topics.entity_of(topic), topics.verb_of(topic)) == tuple(topic.split("."))


@given(NAMES, NAMES)
def test_every_name_gives_a_topic_that_a_subscription_can_name(entity: str, verb: str) -> None:
    topic = topics.topic(entity, verb)
    assert re.fullmatch(r"[a-z0-9_]+\.[a-z0-9_]+", topic)
    assert topics.check_pattern(topic, "topics[0]") == topic
    assert topics.matches(topic, topic)


@pytest.mark.parametrize(
    ("pattern", "topic", "covers", "matches"),
    [
        ("order.created", "order.created", True, True),
        ("order.created", "order.updated", False, False),
        ("order.*", "order.updated", True, True),
        ("order.*", "orders.updated", False, False),
        ("*", "order.created", True, True),
        ("*", "audit.rule", True, False),
        ("audit.*", "audit.rule", True, False),
        ("audit.rule", "audit.rule", True, True),
        ("*", "subscription.deactivated", True, False),
        ("delivery.*", "delivery.expired", True, False),
        ("schedule.*", "schedule.fired", True, False),
        ("*", "notification.sent", True, False),
    ],
)
def test_a_pattern_covers_when_reading_and_matches_when_subscribed(
    pattern: str, topic: str, covers: bool, matches: bool
) -> None:
    assert (topics.covers(pattern, topic), topics.matches(pattern, topic)) == (covers, matches)


@pytest.mark.parametrize(
    "pattern", ["", "order", "Order.created", "order.", ".created", "order.**", "*.created", "o r.x", "a.b.c", "a.b\n"]
)
def test_an_invalid_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidInput):
        topics.check_pattern(pattern, "topics[0]")


def test_a_pattern_is_bounded() -> None:
    longest = "o" * 127 + "." + "v" * 127
    assert topics.check_pattern(longest, "topics[0]") == longest
    with pytest.raises(InvalidInput):
        topics.check_pattern(longest + "v", "topics[0]")
