"""Field rules of messages, and the mapping of messages to records."""

from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass

import pytest
from google.protobuf.duration_pb2 import Duration
from hypothesis import given
from hypothesis import strategies as st

from tidings.collector.v1 import event_subscriptions_pb2 as pb
from tidings.collector.v1.events_pb2 import Event, EventPayload, SearchEventsRequest
from tidings_server.collector.api.event_messages import EVENT
from tidings_server.collector.api.subscription_messages import REQUEST, RESPONSE
from tidings_server.delivery.store.subscriptions import DestinationKind
from tidings_server.delivery.subscription_drafts import SubscriptionDraft
from tidings_server.rpc import field_rules
from tidings_server.rpc.field_mapper import FieldMapper
from tidings_server.rpc.field_rules import FieldRules


@given(st.binary(max_size=64), st.sampled_from([b64encode, urlsafe_b64encode]), st.booleans())
def test_all_base64_passes_in_both_alphabets_padded_or_not(raw: bytes, encode: object, padded: bool) -> None:
    text = encode(raw).decode()  # type: ignore[operator]
    assert field_rules.base64(text if padded else text.rstrip("=")) is None


@pytest.mark.parametrize("text", ["A", "AAAAA", "AA=", "A===", "=", "AA==A", "A=A=", "AA AA", "AAAA\n", "é", "AAAA="])
def test_other_text_is_no_base64(text: str) -> None:
    assert field_rules.base64(text)


def test_a_string_without_a_rule_of_its_own_is_bounded_all_the_same() -> None:
    [violation] = FieldRules(SearchEventsRequest).violations(SearchEventsRequest(entity_id="e" * 1_025))
    assert (violation.field, violation.rule) == ("entityId", "at most 1,024 characters")


def test_values_are_described_not_repeated() -> None:
    event = Event(
        id="my secret",
        event_type=Event.EventType.FAULT,
        event_payload=EventPayload(key_attributes={"my secret": "s" * 1_025}),
    )
    answered = [str(violation) for violation in EVENT.violations(event, "events[3].")]
    assert [text.partition(":")[0] for text in answered] == ["events[3].id", "events[3].event_payload.key_attributes"]
    assert not any("secret" in text for text in answered)


@given(st.integers(-(2**31), 2**31 - 1).filter(lambda number: not 1 <= number <= 100))
def test_a_refused_number_is_not_repeated_either(number: int) -> None:
    rules = FieldRules(SearchEventsRequest, {"page_size": field_rules.between(1, 100)})
    found = [str(violation) for violation in rules.violations(SearchEventsRequest(page_size=number))]
    assert found == (["pageSize: 1 to 100 (got a number)"] if number else [])


def test_a_rule_for_an_unknown_field_fails_when_it_is_constructed() -> None:
    with pytest.raises(KeyError):
        FieldRules(Event, {"nosuch": field_rules.text(3)})


@dataclass(frozen=True)
class Halved:
    is_active: bool = True
    on_create: bool = False


def test_a_mapper_that_omits_a_field_fails_when_it_is_constructed() -> None:
    with pytest.raises(TypeError, match="on_change"):
        FieldMapper(pb.EventSubscription, Halved, rename={"subscribe_change": "on_change"})
    with pytest.raises(TypeError, match="nosuch"):
        FieldMapper(pb.EventSubscription, SubscriptionDraft, by_hand=("nosuch",))


def test_absent_fields_have_the_defaults_of_the_record() -> None:
    assert REQUEST.load(pb.EventSubscription(entity_type=pb.EventSubscription.ORDER)) == {
        "entity_type": "ORDER",
        "id": "",
        "on_create": False,
        "on_change": False,
        "on_delete": False,
    }


DRAFTS = st.builds(
    SubscriptionDraft,
    id=st.from_regex(r"[A-Za-z0-9._:~-]{1,128}", fullmatch=True),
    is_active=st.booleans(),
    entity_type=st.sampled_from([name for name in pb.EventSubscription.EntityType.keys() if "_UNSPEC" not in name]),  # noqa: SIM118 - the enum is no mapping
    on_create=st.booleans(),
    on_change=st.booleans(),
    on_delete=st.booleans(),
    condition=st.text(max_size=20),
    destination=st.just(DestinationKind.SQS),
    endpoint=st.just(""),
    ordered=st.booleans(),
    ordered_max_wait_s=st.integers(1, 1_209_600),
    max_concurrency=st.integers(1, 256),
    max_per_second=st.integers(0, 10_000),
)


@given(DRAFTS)
def test_a_response_sent_back_as_a_request_is_the_same_draft(draft: SubscriptionDraft) -> None:
    @dataclass(frozen=True)
    class Stored(SubscriptionDraft):
        inactive_reason: str = ""
        last_condition_error: str = ""

    stored = Stored(**{name: getattr(draft, name) for name in draft.__dataclass_fields__})
    loaded = REQUEST.load(RESPONSE.dump(stored))
    assert SubscriptionDraft(**loaded, destination=draft.destination, endpoint=draft.endpoint) == draft


def test_a_duration_is_whole_seconds() -> None:
    check = field_rules.whole_seconds(1, 60)
    assert check(Duration(seconds=60)) is None
    assert check(Duration(seconds=61))
    assert check(Duration(seconds=1, nanos=1))
    assert check(Duration(seconds=-1))
