"""A loop through the tenant's own receiver comes to an end, where the receiver hands on the trace context."""

import pytest

from tests.e2e.rest import Rest
from tests.e2e.test_push_delivery import a_kind, notified, subscribe
from tests.support.receiver import Receiver
from tests.support.waiting import until
from tidings_server.delivery.router import MAX_HOPS


@pytest.mark.parametrize("member", ["{}", "congo=t61rcWkgMzE,{}"])
async def test_a_receiver_that_posts_back_what_it_gets_is_not_called_for_ever(
    rest: Rest, receiver: Receiver, member: str
) -> None:
    kind = a_kind()
    subscription = await subscribe(rest, receiver, kind)
    event = {"entity_name": kind, "entity_id": "1", "event_type": "ENTITY_EVENT"}
    created = await rest("POST", "/api/v1/events", json=event)
    for sent in range(1, MAX_HOPS + 1):
        arrived = (await notified(receiver, sent))[-1]
        headers = {"tracestate": member.format(arrived.headers["tracestate"])}
        created = await rest("POST", "/api/v1/events", json=event, headers=headers)
        assert created.status == 201
    path = f"/api/v1/events/{created.json['id']}/deliveries"
    explained = await until(lambda: rest("GET", path), lambda answer: bool(answer.json["deliveries"]))
    [own] = [each for each in explained.json["deliveries"] if each["subscriptionId"] == subscription["id"]]
    assert (own["status"], own["reason"]) == ("NOT_MATCHED", "too many hops")
    assert len(await notified(receiver, MAX_HOPS)) == MAX_HOPS
