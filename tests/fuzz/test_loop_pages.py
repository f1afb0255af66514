"""No answer of megabytes holds the event loop: pages of large events, exports and erasures of persons.

Several callers of one tenant ask at once, over a log whose events are as large and as nested as an event may be.
"""

import json
import time
from base64 import b64encode
from collections.abc import Sequence
from typing import Any, Final

import grpc
import pytest

from tests.fuzz.expensive_bodies import of_request
from tests.fuzz.good_requests import COLLECTED, GOOD
from tests.fuzz.loop_callers import Headers, not_held, send, send_at_once
from tests.support.served_loop import ServedLoop
from tests.support.waiting import PATIENCE_S, blocking_until
from tidings.admin.v1 import persons_pb2 as persons
from tidings.collector.v1.events_pb2 import CreateEventRequest
from tidings_server.rpc.method import rpc_of

COLLECTOR: Final = "/tidings.collector.v1.EventService"
PERSONS: Final = "/tidings.admin.v1.PersonService"
LARGE: Final = 40
LINES: Final = 3_500
"""Of one event's payload: about 180 KiB."""
AT_ONCE: Final = 4
SUBSCRIBE: Final = "/tidings.collector.v1.EventSubscriptionService/CreateEventSubscription"
SUBSCRIPTIONS: Final = 8
CONDITION: Final = "size(event.event_payload.base64_encoded_payload_json) > 1000"
SUBMIT: Final = "/tidings.orchestration.v1.EventService/CreateAsyncEvent"
CONSUMED_S: Final = 3.0
ASKED: Final[Sequence[tuple[str, str, dict[str, Any]]]] = [
    ("collector", f"{COLLECTOR}/SearchEvents", {"pageSize": 500}),
    ("collector", f"{COLLECTOR}/SearchEvents", {"topic": "order.*", "pageSize": 500}),
    ("push", "/tidings.push.v1.EventPullService/ListEvents", {"pageSize": 200}),
    ("push", "/tidings.push.v1.EventPullService/ListEvents", {"filter": "topic eq 'order.created'", "pageSize": 200}),
    ("orchestration", "/tidings.orchestration.v1.EventService/SearchEvents", {"count": 100}),
    ("operator", "/tidings.admin.v1.AuditService/ListAuditRecords", {"pageSize": 500}),
]


@pytest.fixture(scope="module")
def filled(server: ServedLoop, headers: dict[str, Headers]) -> ServedLoop:
    """The server with large events of a person, and subscriptions that look into them."""
    wanted = {**GOOD[SUBSCRIBE]["subscription"], "entityType": "ORDER", "condition": CONDITION}
    create = of_request({"subscription": wanted}, rpc_of(SUBSCRIBE).request)
    for _ in range(SUBSCRIPTIONS):
        assert send(server, SUBSCRIBE, create, headers["collector"]) is grpc.StatusCode.OK
    for number in range(LARGE):
        lines = [{"sku": f"s{line}", "note": "ada@example.com" if line % 500 == 0 else "x"} for line in range(LINES)]
        payload = {"customer": {"id": "c-1", "email": "ada@example.com"}, "lines": lines, "number": number}
        encoded = b64encode(json.dumps(payload).encode()).decode()
        event = {**COLLECTED, "event_payload": {"operation": "CREATE", "base64_encoded_payload_json": encoded}}
        request = of_request({"event": event}, CreateEventRequest)
        with not_held(server, "CreateEvent"):
            assert send(server, f"{COLLECTOR}/CreateEvent", request, headers["collector"]) is grpc.StatusCode.OK
    attributes: dict[str, Any] = {f"a{number}": {"list": [{}] * 30} for number in range(60)}
    event = {"name": "CREATE", "entityType": "ORDER", "entityId": "1", "rootEntityType": "ORDER", "rootEntityId": "1"}
    request = of_request({"event": {**event, "retailerId": "1", "attributes": attributes}}, rpc_of(SUBMIT).request)
    with not_held(server, "what follows"):
        send_at_once(server, SUBMIT, [request] * LARGE, headers["orchestration"])
        time.sleep(CONSUMED_S)
    return server


@pytest.mark.parametrize(("dialect", "path", "asked"), ASKED, ids=str)
def test_no_page_holds_the_loop(
    filled: ServedLoop, headers: dict[str, Headers], dialect: str, path: str, asked: dict[str, Any]
) -> None:
    request = of_request(asked, rpc_of(path).request)
    with not_held(filled, path):
        codes = send_at_once(filled, path, [request] * AT_ONCE, headers[dialect])
    assert set(codes) == {grpc.StatusCode.OK}


def test_no_export_and_no_erasure_of_a_person_holds_the_loop(filled: ServedLoop, headers: dict[str, Headers]) -> None:
    assert filled.process.demo is not None
    of_whom = persons.Person(customer_ids=["c-1"], contacts=["ada@example.com"])
    tenant = str(filled.process.demo["tenant"])
    export: Any = filled.channel.unary_stream(f"{PERSONS}/ExportPerson")
    request = persons.ExportPersonRequest(tenant_id=tenant, person=of_whom).SerializeToString()
    with not_held(filled, "ExportPerson"):
        lines = list(export(request, metadata=headers["operator"], timeout=PATIENCE_S))
    assert len(lines) > LARGE

    erase: Any = filled.channel.unary_unary(
        f"{PERSONS}/ErasePerson", persons.ErasePersonRequest.SerializeToString, persons.Erasure.FromString
    )
    get: Any = filled.channel.unary_unary(
        f"{PERSONS}/GetErasure", persons.GetErasureRequest.SerializeToString, persons.Erasure.FromString
    )
    with not_held(filled, "ErasePerson"):
        begun = erase(persons.ErasePersonRequest(tenant_id=tenant, person=of_whom), metadata=headers["operator"])
        asked = persons.GetErasureRequest(tenant_id=tenant, id=begun.id)
        blocking_until(
            lambda: get(asked, metadata=headers["operator"]).state, lambda state: state == persons.Erasure.DONE
        )
