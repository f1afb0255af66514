"""Answers of receivers that lie: each is an outcome of its messages, and every outcome can be stored."""

import json
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.fuzz.hostile_http import ANSWERS
from tests.support.aws import ACCESS_KEY, ACCESS_SECRET, REGION
from tests.support.deliveries import World, sending
from tests.support.raw_server import raw_server
from tests.support.receiver import Answer, Receiver
from tidings_server.delivery.destinations import Destinations
from tidings_server.delivery.egress import Egress
from tidings_server.delivery.message import (
    MAX_ANSWER_BYTES,
    DestinationSettings,
    Message,
    Outcome,
    OutcomeKind,
    Payload,
    kept_answer,
)
from tidings_server.delivery.store.subscriptions import DestinationKind
from tidings_server.platform.clock import SystemClock
from tidings_server.platform.texts import is_storable, storable
from tidings_server.storage.database import Database

ANY_TEXT = st.text(st.characters(codec=None), max_size=3_000)
"""Lone surrogates among it."""


def can_be_stored(text: str) -> bool:
    return "\0" not in text and len(text.encode()) <= MAX_ANSWER_BYTES


@given(ANY_TEXT, st.none() | st.integers())
@example("\ud800", 200)
@example("\0" * 2_000, -(2**70))
@example("é" * 1_023, 99)
def test_an_outcome_can_be_stored_whatever_a_receiver_answers(answer: str, status: int | None) -> None:
    outcome = Outcome(OutcomeKind.RETRY, status, answer=answer)
    assert can_be_stored(outcome.answer)
    assert outcome.status is None or 100 <= outcome.status < 1_000


@given(st.binary(max_size=3_000))
@example(b"\xed\xa0\x80")
def test_the_kept_part_of_an_answer_can_be_stored(raw: bytes) -> None:
    assert can_be_stored(kept_answer(raw))


@given(ANY_TEXT)
def test_a_text_that_can_be_stored_is_left_as_it_is(text: str) -> None:
    kept = storable(text, max_bytes=100_000)
    assert is_storable(kept)
    assert (kept == text) == is_storable(text)


@pytest.fixture
async def own_host() -> AsyncIterator[Destinations]:
    opened = Destinations(egress=Egress("127.0.0.0/8"), clock=SystemClock())
    yield opened
    await opened.close()


LIES: list[Any] = [
    {"Successful": [{"Id": "0", "MessageId": "\ud800"}]},
    {"Successful": [{"Id": "0", "MessageId": "a\0b"}]},
    {"Successful": [{"Id": "0", "MessageId": "m" * 100_000}]},
    {"Successful": [{"Id": "0", "MessageId": {"a": ["\udfff"]}}]},
    {"Successful": [{"Id": "7", "MessageId": "m"}]},
    {"Successful": [{"MessageId": "m"}]},
    {"Successful": [{"Id": ["0"], "MessageId": "m"}]},
    {"Successful": [{"Id": "0"}, {"Id": "0", "MessageId": None}]},
    {"Successful": [5, None, "x"]},
    {"Successful": 5},
    {"Successful": {"Id": "0"}},
    {"Failed": [{"Id": "0", "Code": "\ud800", "Message": "\ud800\0", "SenderFault": "?"}]},
    {"Failed": [{"Id": "0", "Code": 5, "Message": ["x"]}]},
    {"Failed": "Failed"},
    [],
    5,
    None,
    "\ud800",
    {"ResponseMetadata": {"HTTPStatusCode": "\ud800"}, "Successful": [{"Id": "0", "MessageId": "m"}]},
]


@pytest.mark.parametrize("status", [200, 400, 500])
async def test_a_queue_that_lies_gets_outcomes_that_can_be_stored(
    own_host: Destinations, receiver: Receiver, status: int
) -> None:
    url = receiver.url("/123456789012/q")
    queue = own_host.open(DestinationSettings(DestinationKind.SQS, url, REGION, ACCESS_KEY, (ACCESS_SECRET,)))
    message = Message(Payload(b"{}", "application/json", {}, group="g"), "e", "e", dedup_id="d", topic="order.created")
    for lie in LIES:
        receiver.default = Answer(status, json.dumps(lie).encode())
        (outcome,) = await queue.send([message])
        assert can_be_stored(outcome.answer), lie


async def test_every_delivery_to_hostile_endpoints_has_an_attempt_and_others_are_delivered(
    database: Database, receiver: Receiver
) -> None:
    world = World(database, SystemClock())
    with ExitStack() as stack:
        urls = [f"http://127.0.0.1:{stack.enter_context(raw_server(script))}/" for script in ANSWERS.values()]
        for tenant, url in enumerate([*urls, receiver.url()]):
            to = await world.subscription(url, tenant_id=tenant)
            await world.queue(to, await world.events(tenant_id=tenant))
        async with sending(world) as sender:
            await sender.dispatcher.run_once()
    rows = await world.rows()
    assert [row.attempts for row in rows] == [1] * (len(ANSWERS) + 1)
    assert rows[-1].state == "SUCCEEDED"
    assert len(receiver.requests) == 1
