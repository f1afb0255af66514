"""SubscriptionService as REST clients see it."""

import json
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict

from tests.push.api.world import LEAST, Reply, World
from tidings.push.v1 import subscriptions_pb2 as pb
from tidings.push.v1.deliveries_pb2 import ListDeliveryAttemptsRequest
from tidings_server.delivery.message import ErrorType, Outcome, OutcomeKind
from tidings_server.delivery.signing import signing_secret

UNKNOWN = "f" * 32
ATTEMPTS = "DeliveryAttemptService/ListDeliveryAttempts"
LIST, CREATE, GET, UPDATE, DELETE, CONFIRM, REACTIVATE, TEST = (
    f"SubscriptionService/{name}"
    for name in (
        "ListSubscriptions",
        "CreateSubscription",
        "GetSubscription",
        "UpdateSubscription",
        "DeleteSubscription",
        "ConfirmSubscription",
        "ReactivateSubscription",
        "TestSubscription",
    )
)
ACTS = [
    (GET, pb.GetSubscriptionRequest),
    (DELETE, pb.DeleteSubscriptionRequest),
    (CONFIRM, pb.ConfirmSubscriptionRequest),
    (REACTIVATE, pb.ReactivateSubscriptionRequest),
    (TEST, pb.TestSubscriptionRequest),
]


def asked(**other: Any) -> pb.Subscription:
    return ParseDict({**LEAST, **other}, pb.Subscription())


async def get(world: World, subscription_id: str, **headers: str) -> Reply:
    return await world.call(GET, pb.GetSubscriptionRequest(id=subscription_id), **headers)


async def listed(world: World, *, token: str = "ann", **other: Any) -> Reply:
    return await world.call(LIST, pb.ListSubscriptionsRequest(**other), token=token)


async def put(world: World, subscription_id: str, *, token: str = "ann", if_match: str = "*", **other: Any) -> Reply:
    request = pb.UpdateSubscriptionRequest(id=subscription_id, subscription=asked(**other))
    return await world.call(UPDATE, request, token=token, if_match=if_match)


async def test_a_new_subscription_answers_201_with_its_place_tag_and_secret(world: World) -> None:
    reply = await world.call(CREATE, pb.CreateSubscriptionRequest(subscription=asked()))
    assert (reply.status, reply.headers["etag"]) == (201, '"1"')
    assert reply.headers["location"] == f"/api/event/push/subscriptions/{reply.body['id']}"
    assert len(reply.body["id"]) == 32
    assert len(reply.body["sharedSecret"]) >= 32
    assert (reply.body["confirmed"], reply.body["createBy"], reply.body["appId"]) == (False, "ann", "shop")


async def test_the_secret_is_shown_once(world: World) -> None:
    made = await world.create()
    reply = await get(world, made["id"])
    assert reply.body == {name: value for name, value in made.items() if name not in {"sharedSecret", "signingSecret"}}
    assert (await listed(world)).body["items"] == [reply.body]


async def test_a_secret_of_the_clients_own_is_not_answered(world: World) -> None:
    assert {"sharedSecret", "signingSecret"}.isdisjoint(await world.create(shared_secret="a-secret-of-one's-own"))


async def test_a_signing_secret_that_is_sent_is_ignored(world: World) -> None:
    made = await world.create(signing_secret="whsec_bWFkZQ==")
    assert made["signingSecret"] == signing_secret(made["sharedSecret"])


async def test_a_client_may_choose_the_id_and_a_repeat_answers_the_stored_subscription(world: World) -> None:
    chosen = asked(id="0192F0C1-2D3E-7ABC-8DEF-0123456789AB")
    first = await world.call(CREATE, pb.CreateSubscriptionRequest(subscription=chosen))
    assert (first.status, first.body["id"]) == (201, "0192f0c12d3e7abc8def0123456789ab")
    again = await world.call(CREATE, pb.CreateSubscriptionRequest(subscription=chosen))
    assert (again.status, again.body["createDate"]) == (200, first.body["createDate"])
    other = asked(id=chosen.id, topics=["*"])
    taken = await world.call(CREATE, pb.CreateSubscriptionRequest(subscription=other))
    assert (taken.status, taken.body["errorCode"]) == (409, "ITEM_CONFLICT")


async def test_a_key_makes_a_repeat_answer_the_same_secret(world: World) -> None:
    request = pb.CreateSubscriptionRequest(subscription=asked())
    first = await world.call(CREATE, request, idempotency_key="k-1")
    again = await world.call(CREATE, request, idempotency_key="k-1")
    assert (first.status, first.body) == (again.status, again.body)
    assert (await listed(world)).body["totalCount"] == 1


async def test_an_update_replaces_the_whole(world: World) -> None:
    made = await world.create(no_callback=True, condition="topic == 'order.opened'", max_per_second=5)
    reply = await put(world, made["id"], topics=["cart.created"])
    assert (reply.status, reply.headers["etag"]) == (200, '"2"')
    assert (reply.body["topics"], reply.body["noCallback"]) == (["cart.created"], False)
    assert reply.body.keys().isdisjoint({"condition", "maxPerSecond", "sharedSecret"})


async def test_an_update_names_the_version_that_it_replaces(world: World) -> None:
    made = await world.create()
    assert (await put(world, made["id"], if_match='"2"')).status == 412
    assert (await put(world, made["id"], if_match='"1"')).status == 200
    lost = await put(world, made["id"], if_match='"1"')
    assert (lost.status, lost.body["subErrorCode"]) == (412, "VERSION_MISMATCH")
    assert (await put(world, made["id"], if_match="1")).status == 400


async def test_an_update_with_another_id_in_its_body_is_refused(world: World) -> None:
    made = await world.create()
    reply = await put(world, made["id"], id=UNKNOWN)
    assert (reply.status, reply.body["items"][0]["applicationErrorData"]) == (400, [{"name": "field", "value": "id"}])
    assert (await put(world, made["id"], id=made["id"])).status == 200


async def test_a_new_endpoint_is_not_confirmed(world: World) -> None:
    made = await world.create()
    await world.confirmations.run_once()
    assert (await get(world, made["id"])).body["confirmed"]
    same = await put(world, made["id"])
    assert same.body["confirmed"]
    moved = await put(world, made["id"], endpoint="https://example.com/new")
    assert not moved.body["confirmed"]


async def test_a_deleted_subscription_is_not_found(world: World) -> None:
    made = await world.create()
    reply = await world.call(DELETE, pb.DeleteSubscriptionRequest(id=made["id"]))
    assert (reply.status, reply.body) == (204, {})
    assert (await get(world, made["id"])).status == 404
    assert (await listed(world)).body["items"] == []
    assert (await world.call(DELETE, pb.DeleteSubscriptionRequest(id=made["id"]))).status == 404


async def test_an_endpoint_confirms_or_refuses(world: World) -> None:
    made = await world.create()
    world.endpoints.answer = Outcome(OutcomeKind.RETRY, 500, ErrorType.HTTP_STATUS)
    refused = await world.call(CONFIRM, pb.ConfirmSubscriptionRequest(id=made["id"]))
    assert (refused.status, refused.body["subErrorCode"]) == (409, "ENDPOINT_REFUSED")
    assert "500" in refused.body["message"]
    world.endpoints.answer = Outcome(OutcomeKind.DELIVERED, 200)
    confirmed = await world.call(CONFIRM, pb.ConfirmSubscriptionRequest(id=made["id"]))
    assert (confirmed.status, confirmed.body["confirmed"]) == (200, True)


async def test_an_inactive_subscription_is_reactivated(world: World) -> None:
    made = await world.create(is_active=False)
    assert (made["isActive"], "inactiveReason" in made) == (False, False)
    reply = await world.call(REACTIVATE, pb.ReactivateSubscriptionRequest(id=made["id"]))
    assert (reply.status, reply.body["isActive"], "inactiveReason" in reply.body) == (200, True, False)


async def test_a_test_is_queued_like_any_delivery(world: World) -> None:
    made = await world.create()
    reply = await world.call(TEST, pb.TestSubscriptionRequest(id=made["id"]))
    assert (reply.status, reply.body.keys()) == (202, {"deliveryId"})
    listed = await world.call(ATTEMPTS, ListDeliveryAttemptsRequest(subscription_id=made["id"]))
    [queued] = listed.body["items"]
    assert (str(queued["id"]), queued["deliveryStatus"]) == (reply.body["deliveryId"], "Pending")
    assert queued["eventSummary"]["topic"] == "application.ping"


async def test_a_ping_is_marked_as_a_test(world: World) -> None:
    made = await world.create(content_type="application/json")
    await world.confirmations.run_once()
    [ping] = world.endpoints.taken
    body = json.loads(ping.payload.body)
    assert (body["topic"], body["entityId"], body["isTest"]) == ("application.ping", made["id"], True)
    assert (ping.message_id, body["eventId"]) == (ping.event_id, ping.event_id)


@pytest.mark.parametrize(("rpc", "request_type"), ACTS)
async def test_another_tenants_subscription_answers_as_an_unknown_one(
    world: World, rpc: str, request_type: Any
) -> None:
    made = await world.create()
    foreign = await world.call(rpc, request_type(id=made["id"]), token="eve")
    unknown = await world.call(rpc, request_type(id=UNKNOWN), token="eve")
    no_id = await world.call(rpc, request_type(id="%FF"), token="eve")
    assert [reply.status for reply in (foreign, unknown, no_id)] == [404, 404, 404]
    assert foreign.body["errorCode"] == unknown.body["errorCode"] == "ITEM_NOT_FOUND"
    assert foreign.body["message"] == unknown.body["message"].replace(UNKNOWN, made["id"])


async def test_another_tenants_subscription_is_not_replaced(world: World) -> None:
    made = await world.create()
    assert (await put(world, made["id"], token="eve", topics=["*"])).status == 404
    assert (await get(world, made["id"])).body["topics"] == LEAST["topics"]


async def test_the_list_is_paged_filtered_and_sorted(world: World) -> None:
    for number in range(3):
        await world.create(endpoint=f"https://example.com/{number}", no_callback=number == 1)
    page = (await listed(world, start_index=1, page_size=2, sort_by="endpoint desc")).body
    assert {name: page[name] for name in ("startIndex", "pageSize", "pageCount", "totalCount")} == {
        "startIndex": 1,
        "pageSize": 2,
        "pageCount": 2,
        "totalCount": 3,
    }
    assert [item["endpoint"][-1] for item in page["items"]] == ["1", "0"]
    assert "totalCountIsLowerBound" not in page
    found = (await listed(world, filter="NoCallback eq TRUE and endpoint cont '/1'")).body
    assert [item["endpoint"][-1] for item in found["items"]] == ["1"]


async def test_an_empty_list_has_the_whole_envelope(world: World) -> None:
    reply = await listed(world, page_size=-3, start_index=100, response_groups="SubscribingSites")
    assert (reply.status, reply.body) == (
        200,
        {"startIndex": 100, "pageSize": 20, "pageCount": 0, "totalCount": 0, "items": []},
    )


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"filter": "nosuch eq 1"}, "filter"),
        ({"filter": "isActive is true"}, "filter"),
        ({"filter": "isActive eq true or confirmed eq true"}, "filter"),
        ({"filter": "createDate eq never"}, "filter"),
        ({"filter": "a eq " + "b" * 2_000}, "filter"),
        ({"sort_by": "nosuch"}, "sortBy"),
        ({"sort_by": "topics desc"}, "sortBy"),
        ({"sort_by": "id sideways"}, "sortBy"),
        ({"start_index": -1}, "startIndex"),
        ({"page_size": 201}, "pageSize"),
        ({"page_size": 2**31 - 1}, "pageSize"),
    ],
)
async def test_a_list_that_cannot_be_is_refused(world: World, parameters: dict[str, Any], field: str) -> None:
    reply = await listed(world, **parameters)
    assert (reply.status, reply.body["errorCode"]) == (400, "VALIDATION_CONFLICT")
    assert reply.body["items"][0]["applicationErrorData"] == [{"name": "field", "value": field}]


async def test_a_refusal_has_the_dialects_body(world: World) -> None:
    refused = pb.CreateSubscriptionRequest(subscription=asked(endpoint="ftp://x", topics=[]))
    reply = await world.call(CREATE, refused, x_request_id="r-1")
    assert reply.status == 400
    assert reply.body.keys() == {
        "message",
        "errorCode",
        "subErrorCode",
        "applicationName",
        "items",
        "additionalErrorData",
        "exceptionDetail",
    }
    assert reply.body["additionalErrorData"] == [{"name": "requestId", "value": "r-1"}]
    assert [item["applicationErrorData"][0]["value"] for item in reply.body["items"]] == ["endpoint", "topics"]
    assert (await listed(world)).body["totalCount"] == 0


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"endpoint": "http://127.0.0.1/"}, "endpoint"),
        ({"condition": "event.nosuch == 1"}, "condition"),
        ({"condition": "1 + 1"}, "condition"),
        ({"topics": ["Order Opened"]}, "topics[0]"),
        ({"subscribingTenants": [{"tenantId": 2}]}, "subscribingTenants[0].tenantId"),
        ({"sharedSecret": "short"}, "sharedSecret"),
        ({"startFrom": "tomorrow"}, "startFrom"),
        ({"startFrom": "2999-01-01T00:00:00Z"}, "startFrom"),
    ],
)
async def test_a_bad_subscription_is_not_stored(world: World, other: dict[str, Any], field: str) -> None:
    reply = await world.call(CREATE, pb.CreateSubscriptionRequest(subscription=asked(**other)))
    assert (reply.status, reply.body["errorCode"]) == (400, "VALIDATION_CONFLICT")
    assert reply.body["items"][0]["applicationErrorData"] == [{"name": "field", "value": field}]
    assert (await listed(world)).body["totalCount"] == 0


async def test_nul_in_a_text_is_refused(world: World) -> None:
    request = pb.CreateSubscriptionRequest(subscription=asked(appId="a\0b"))
    assert (await world.call(CREATE, request)).status == 400


async def test_a_reader_does_not_write_and_a_stranger_does_nothing(world: World) -> None:
    made = await world.create()
    reader = await world.call(DELETE, pb.DeleteSubscriptionRequest(id=made["id"]), token="reader")
    assert (reader.status, reader.body["errorCode"]) == (403, "FORBIDDEN")
    stranger = await listed(world, token="nobody")
    assert (stranger.status, stranger.body["errorCode"]) == (401, "UNAUTHORIZED")


async def test_the_header_of_another_tenant_is_refused(world: World) -> None:
    request = pb.ListSubscriptionsRequest()
    assert (await world.call(LIST, request, x_vol_tenant="2")).status == 403
    assert (await world.call(LIST, request, x_vol_tenant="1")).status == 200
    assert (await world.call(LIST, request, x_vol_site="0")).status == 400


async def test_a_site_sees_its_own_subscriptions(world: World) -> None:
    whole = await world.create()
    site = pb.SubscribingTenant(subscribing_sites=[pb.SubscribingSite(site_id=7)])
    await world.create(subscribing_tenants=[site])
    reply = await world.call(LIST, pb.ListSubscriptionsRequest(), x_vol_site="8")
    assert [item["id"] for item in reply.body["items"]] == [whole["id"]]


async def test_a_rotated_secret_is_shown_once_and_the_old_one_signs_for_a_day(world: World) -> None:
    made = await world.create()
    rotated = await world.call("SubscriptionService/RotateSecret", pb.RotateSecretRequest(id=made["id"]))
    secret = rotated.body["sharedSecret"]
    assert (rotated.status, rotated.body["signingSecret"]) == (200, signing_secret(secret))
    assert secret != made["sharedSecret"]
    assert rotated.body["oldSecretUntil"] > made["createDate"]
    assert "sharedSecret" not in (await get(world, made["id"])).body
    for token in ("eve", "reader"):
        refused = await world.call(
            "SubscriptionService/RotateSecret", pb.RotateSecretRequest(id=made["id"]), token=token
        )
        assert refused.status == {"eve": 404, "reader": 403}[token]
