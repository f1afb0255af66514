"""Document 002 through the real Envoy: every path, its shape, its refusals."""

import io
from typing import Any
from uuid import uuid4

import pytest

from tests.e2e.rest import Answer, Rest
from tests.support.receiver import Receiver

PUSH = "/api/event/push/subscriptions"
DOCUMENTED = {
    "apiVersion": str,
    "appId": str,
    "confirmed": bool,
    "contentType": str,
    "createBy": str,
    "createDate": str,
    "endpoint": str,
    "id": str,
    "isActive": bool,
    "noCallback": bool,
    "notificationDeliveryType": str,
    "subscribingTenants": list,
    "topics": list,
    "updateBy": str,
    "updateDate": str,
}
"""Properties of a subscription. Source: document 002."""

SECRETS = {"sharedSecret", "signingSecret"}
"""Shown once, as the subscription is made."""

ERROR = {"message", "errorCode", "subErrorCode", "applicationName", "items", "additionalErrorData", "exceptionDetail"}


async def create(rest: Rest, receiver: Receiver, **other: Any) -> dict[str, Any]:
    asked = {"endpoint": receiver.url(), "topics": [f"t{uuid4().hex}.created"], **other}
    answer = await rest("POST", PUSH, json=asked)
    assert answer.status == 201, answer
    return dict(answer.json)


def refused(answer: Answer, status: int, code: str, field: str | None = None) -> None:
    """The dialect's error body, complete."""
    assert (answer.status, answer.json["errorCode"]) == (status, code), answer
    assert answer.json.keys() == ERROR
    assert answer.json["applicationName"] == "Tidings"
    assert answer.json["additionalErrorData"] == [{"name": "requestId", "value": answer.headers["x-request-id"]}]
    assert not any(name.startswith(("grpc-", "x-http-")) for name in answer.headers)
    if field is not None:
        assert [each["value"] for item in answer.json["items"] for each in item["applicationErrorData"]] == [field]


async def test_a_subscription_has_the_documented_shape(rest: Rest, receiver: Receiver) -> None:
    site = {"siteId": 12}
    made = await create(rest, receiver, subscribingTenants=[{"subscribingSites": [site]}])
    assert {name: type(value) for name, value in made.items() if name not in SECRETS} == DOCUMENTED
    [tenant] = made["subscribingTenants"]
    [shown] = tenant["subscribingSites"]
    audit = {"createBy", "createDate", "updateBy", "updateDate"}
    assert tenant.keys() == {
        "auditInfo",
        "isActive",
        "subscribingContextLevelType",
        "subscribingSites",
        "tenantId",
    }
    assert shown.keys() == {"auditInfo", "isActive", "siteId"}
    assert tenant["auditInfo"].keys() == shown["auditInfo"].keys() == audit
    assert (tenant["tenantId"], shown["siteId"], tenant["subscribingContextLevelType"]) == (1, 12, "site")


async def test_a_subscription_is_created_updated_and_deleted(rest: Rest, receiver: Receiver) -> None:
    answer = await rest("POST", PUSH, json={"endpoint": receiver.url(), "topics": ["order.*"]})
    made, place = answer.json, f"{PUSH}/{answer.json['id']}"
    assert (answer.status, answer.headers["location"], answer.headers["etag"]) == (201, place, '"1"')
    got = await rest("GET", place)
    assert (got.status, got.headers["etag"]) == (200, '"1"')
    asked = {"endpoint": receiver.url("/new"), "topics": ["cart.*"], "noCallback": True}
    stale = await rest("PUT", place, json=asked, headers={"if-match": '"7"'})
    refused(stale, 412, "VERSION_MISMATCH")
    put = await rest("PUT", place, json=asked, headers={"if-match": '"1"'})
    assert (put.status, put.json["topics"], put.json["noCallback"], put.headers["etag"]) == (
        200,
        ["cart.*"],
        True,
        '"2"',
    )
    assert put.json["createDate"] == made["createDate"]
    gone = await rest("DELETE", place)
    assert (gone.status, gone.body) == (204, b"")
    refused(await rest("GET", place), 404, "ITEM_NOT_FOUND")


@pytest.mark.parametrize("path", [PUSH, f"{PUSH}/", "/event/push/subscriptions", "/event/push/subscriptions/"])
async def test_the_list_has_the_documented_envelope(rest: Rest, receiver: Receiver, path: str) -> None:
    made = await create(rest, receiver)
    answer = await rest("GET", f"{path}?filter=topics+eq+{made['topics'][0]}&sortBy=createDate+desc&pageSize=5")
    item = {name: value for name, value in made.items() if name not in {*SECRETS, "confirmed"}}
    [shown] = answer.json.pop("items")
    assert {name: value for name, value in shown.items() if name != "confirmed"} == item
    assert answer.json == {"startIndex": 0, "pageSize": 5, "pageCount": 1, "totalCount": 1}


async def test_query_names_are_read_in_any_case(rest: Rest, receiver: Receiver) -> None:
    made = await create(rest, receiver)
    answer = await rest(
        "GET", f"{PUSH}?FILTER=id%20eq%20{made['id']}&PageSize=1&startindex=0&responsegroups=SubscribingSites"
    )
    assert (answer.json["totalCount"], answer.json["pageSize"]) == (1, 1)


async def test_only_selected_fields_are_answered(rest: Rest, receiver: Receiver) -> None:
    made = await create(rest, receiver)
    listed = await rest("GET", f"{PUSH}?responseFields=totalCount,items(id,topics)&filter=id+eq+{made['id']}")
    assert listed.json == {"totalCount": 1, "items": [{"id": made["id"], "topics": made["topics"]}]}
    assert listed.headers["content-type"] == "application/json"
    single = await rest("GET", f"{PUSH}/{made['id']}?responseFields=endpoint")
    assert single.json == {"endpoint": made["endpoint"]}
    for wrong, nearest in (
        ("endpoint,nosuch", "noCallback"),
        ("Endpoints", "endpoint"),
        ("subscribingTenants(tenantIds)", "tenantId"),
    ):
        unknown = await rest("GET", f"{PUSH}/{made['id']}?responseFields={wrong}")
        refused(unknown, 400, "VALIDATION_CONFLICT")
        assert f"the nearest is {nearest}" in unknown.json["message"]
    pulled = await rest("GET", "/api/event/pull?pageSize=1&responseFields=pageSize")
    assert pulled.json == {"pageSize": 1}


async def test_a_query_of_the_name_of_a_path_variable_is_refused(rest: Rest, receiver: Receiver) -> None:
    one, other = await create(rest, receiver), await create(rest, receiver)
    refused(await rest("GET", f"{PUSH}/{one['id']}?id={other['id']}"), 400, "VALIDATION_CONFLICT")


async def test_an_endpoint_that_does_not_confirm_has_the_reason(rest: Rest, receiver: Receiver) -> None:
    receiver.default = type(receiver.default)(500)
    made = await create(rest, receiver)
    for _ in range(2):
        refused(await rest("POST", f"{PUSH}/{made['id']}/confirm"), 409, "ITEM_CONFLICT")
    shown = (await rest("GET", f"{PUSH}/{made['id']}")).json
    assert (shown["confirmed"], shown["confirmationError"]) == (False, "http_status: it answered 500")
    assert shown["nextPingDate"] > made["createDate"]
    receiver.default = type(receiver.default)(200)
    confirmed = (await rest("POST", f"{PUSH}/{made['id']}/confirm")).json
    assert not confirmed.keys() & {"confirmationError", "nextPingDate"}


async def test_an_endpoint_is_confirmed_or_refuses(rest: Rest, receiver: Receiver) -> None:
    receiver.default = type(receiver.default)(500)
    made = await create(rest, receiver)
    refused(await rest("POST", f"{PUSH}/{made['id']}/confirm"), 409, "ITEM_CONFLICT")
    receiver.default = type(receiver.default)(200)
    answer = await rest("POST", f"{PUSH}/{made['id']}/confirm")
    assert (answer.status, answer.json["confirmed"]) == (200, True)


async def test_a_subscription_is_reactivated_and_tested(rest: Rest, receiver: Receiver) -> None:
    made = await create(rest, receiver, isActive=False)
    answer = await rest("POST", f"{PUSH}/{made['id']}/reactivate")
    assert (answer.status, answer.json["isActive"]) == (200, True)
    await rest("POST", f"{PUSH}/{made['id']}/confirm")
    tested = await rest("POST", f"{PUSH}/{made['id']}/test")
    assert (tested.status, tested.json.keys()) == (202, {"deliveryId"})
    number = tested.json["deliveryId"]
    shown = await rest("GET", f"{PUSH}/{made['id']}/deliveryattempts/{number}")
    assert (shown.status, shown.json["id"]) == (200, int(number))


async def test_unknown_ids_are_all_alike(rest: Rest) -> None:
    for path in ("f" * 32, "x", "%FF", "00000000-0000-0000-0000-000000000000"):
        for method, act in (("GET", ""), ("DELETE", ""), ("POST", "/confirm"), ("POST", "/test")):
            answer = await rest(method, f"{PUSH}/{path}{act}")
            assert answer.status in {400, 404}, (method, path, act, answer)
            assert answer.json.keys() == ERROR


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("filter=nosuch+eq+1", "filter"),
        ("filter=isActive+is+true", "filter"),
        ("filter=isActive+eq+true+or+confirmed+eq+true", "filter"),
        ("filter=isActive+eq+maybe", "filter"),
        ("filter=createDate+gt+yesterday", "filter"),
        ("sortBy=nosuch", "sortBy"),
        ("startIndex=-1", "startIndex"),
        ("pageSize=201", "pageSize"),
        ("pageSize=2147483647", "pageSize"),
        ("responseFields=items(", "responseFields"),
        ("filter=" + "a" * 1_100, "filter"),
    ],
)
async def test_a_query_that_cannot_be_is_refused(rest: Rest, query: str, field: str) -> None:
    refused(await rest("GET", f"{PUSH}?{query}"), 400, "VALIDATION_CONFLICT", field)


@pytest.mark.parametrize("query", ["pageSize=many", "startIndex=99999999999", "startIndex=1.5"])
async def test_a_number_that_is_none_is_refused(rest: Rest, query: str) -> None:
    refused(await rest("GET", f"{PUSH}?{query}"), 400, "VALIDATION_CONFLICT")


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"endpoint": ""}, "endpoint"),
        ({"endpoint": "ftp://example.com/"}, "endpoint"),
        ({"endpoint": "http://ann:secret@example.com/"}, "endpoint"),
        ({"endpoint": "http://10.0.0.1/"}, "endpoint"),
        ({"endpoint": "http://169.254.169.254/latest"}, "endpoint"),
        ({"endpoint": "https://example.com/" + "x" * 2_048}, "endpoint"),
        ({"topics": []}, "topics"),
        ({"topics": ["Order Opened"]}, "topics[0]"),
        ({"condition": "event.nosuch == 1"}, "condition"),
        ({"condition": "event.id =="}, "condition"),
        ({"contentType": "text/xml"}, "contentType"),
        ({"notificationDeliveryType": "Email"}, "notificationDeliveryType"),
        ({"subscribingTenants": [{"tenantId": 2}]}, "subscribingTenants[0].tenantId"),
        ({"sharedSecret": "short"}, "sharedSecret"),
        ({"startFrom": "a position of somebody else"}, "startFrom"),
        ({"maxConcurrency": 0}, "maxConcurrency"),
        ({"orderedMaxWait": "0.5s"}, "orderedMaxWait"),
        ({"appId": "a\0b"}, "appId"),
    ],
)
async def test_a_bad_subscription_is_refused_and_not_stored(
    rest: Rest, receiver: Receiver, other: dict[str, Any], field: str
) -> None:
    before = (await rest("GET", PUSH)).json["totalCount"]
    answer = await rest("POST", PUSH, json={"endpoint": receiver.url(), "topics": ["order.*"], **other})
    refused(answer, 400, "VALIDATION_CONFLICT", field)
    assert (await rest("GET", PUSH)).json["totalCount"] == before
    assert receiver.requests == []


@pytest.mark.parametrize(
    "body", [b'{"endpoint": "https://x', b'{"topics": "order.*"}', b'{"isActive": "perhaps"}', b"[" * 60 + b"]" * 60]
)
async def test_json_that_is_none_or_of_another_type_is_refused(rest: Rest, body: bytes) -> None:
    answer = await rest("POST", PUSH, data=body, headers={"content-type": "application/json"})
    refused(answer, 400, "VALIDATION_CONFLICT")


async def test_refusals_of_the_edge_have_the_dialects_body(rest: Rest) -> None:
    refused(await rest("GET", PUSH, headers={"authorization": None}), 401, "UNAUTHORIZED")
    refused(await rest("GET", PUSH, headers={"authorization": "Bearer forged.token.here"}), 401, "UNAUTHORIZED")
    refused(await rest("GET", PUSH, headers={"x-vol-tenant": "2"}), 403, "FORBIDDEN")
    wrong = await rest("PATCH", PUSH)
    assert (wrong.status, set(wrong.headers["allow"].replace(" ", "").split(","))) == (405, {"GET", "POST"})
    assert wrong.json.keys() == ERROR
    large = await rest("POST", PUSH, data=io.BytesIO(b" " * (2 << 20)), headers={"content-type": "application/json"})
    assert (large.status, large.json.keys()) == (413, ERROR)


async def test_events_are_pulled(rest: Rest) -> None:
    event_id, kind = str(uuid4()), f"t{uuid4().hex}"
    sent = {
        "id": event_id,
        "entity_name": kind,
        "entity_id": "E-1",
        "event_type": "ENTITY_EVENT",
        "event_source": "APPLICATION",
        "event_payload": {"operation": "CREATE", "key_attributes": {"correlationId": "c-1", "orderId": "7"}},
    }
    assert (await rest("POST", "/api/v1/events", json=sent)).status == 201
    for path in ("/api/event/pull", "/event/pull", "/api/event/pull/"):
        page = (await rest("GET", f"{path}?filter=topic+eq+{kind}.created")).json
        assert {name: page[name] for name in page if name != "items"} == {
            "startIndex": 0,
            "pageSize": 20,
            "pageCount": 1,
            "totalCount": 1,
        }
        [item] = page["items"]
        audit = item.pop("auditInfo")
        assert audit.keys() == {"createBy", "createDate", "updateBy", "updateDate"}
        assert item == {
            "id": event_id.replace("-", ""),
            "tenantId": 1,
            "topic": f"{kind}.created",
            "entityId": "E-1",
            "isTest": False,
            "correlationId": "c-1",
            "extendedProperties": [{"key": "correlationId", "value": "c-1"}, {"key": "orderId", "value": "7"}],
        }
    for shown in (event_id, event_id.replace("-", ""), event_id.upper()):
        assert (await rest("GET", f"/api/event/pull/{shown}")).json == {**item, "auditInfo": audit}
    refused(await rest("GET", "/api/event/pull/unknown"), 404, "ITEM_NOT_FOUND")


@pytest.mark.parametrize("path", [f"{PUSH}/deliveryattempts", "/event/push/subscriptions/deliveryattempts"])
async def test_delivery_attempts_have_the_vendors_envelope(rest: Rest, path: str) -> None:
    page = (await rest("GET", f"{path}?pageSize=2")).json
    assert {"startIndex", "pageSize", "pageCount", "totalCount", "items"} <= page.keys()
    refused(await rest("GET", f"{PUSH}/{'f' * 32}/deliveryattempts"), 404, "ITEM_NOT_FOUND")
    refused(await rest("GET", f"{PUSH}/{'f' * 32}/deliveryattempts/1"), 404, "ITEM_NOT_FOUND")
