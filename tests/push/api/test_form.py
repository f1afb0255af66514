"""Validation of push subscriptions, and their conversion to drafts and messages."""

from dataclasses import fields, replace
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.json_format import MessageToDict, ParseDict

from tidings.push.v1.subscriptions_pb2 import Subscription as Message
from tidings_server.delivery.egress import Egress
from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.delivery.subscription_drafts import SubscriptionDraft
from tidings_server.platform.errors import InvalidInput, NotFound
from tidings_server.platform.scope import Scope
from tidings_server.push.api.subscription_messages import NO_SITE, SubscriptionRules, dump, load, parse_id
from tidings_server.storage.log.records import Api

SCOPE = Scope(tenant=3, tenant_id="", tenant_name="", actor="ann", app_id="shop")
ID = "0192f0c12d3e7abc8def0123456789ab"
T1, T2 = 1_767_225_600_000_000, 1_767_225_601_000_000
FORM = SubscriptionRules(Egress())
LEAST: dict[str, Any] = {"endpoint": "https://example.com/hook", "topics": ["order.opened"]}


def message(**other: Any) -> Message:
    return ParseDict({**LEAST, **other}, Message())


def draft(now_us: int = T1, before: Subscription | None = None, **other: Any) -> SubscriptionDraft:
    asked = message(**other)
    FORM.check(asked, SCOPE, is_new=True)
    return load(asked, SCOPE, subscription_id=ID, now_us=now_us, before=before)


def stored(made: SubscriptionDraft, **other: Any) -> Subscription:
    """The draft as the use case stores it."""
    blank: dict[str, Any] = {field.name: None for field in fields(Subscription)}
    kept = {"key": 1, "id": ID, "tenant_id": 3, "api": Api.PUSH, "version": 1, "is_confirmed": False}
    who = {"created_at": T1, "created_by": "ann", "updated_at": T1, "updated_by": "ann"}
    said = {"inactive_reason": "", "last_condition_error": ""}
    return Subscription(**{**blank, **made.columns(), **kept, **who, **said, **other})


def shown(made: SubscriptionDraft, **other: Any) -> dict[str, Any]:
    return MessageToDict(dump(stored(made, **other)))


def violations(**other: Any) -> dict[str, str]:
    """Field → rule of a refused message."""
    with pytest.raises(InvalidInput) as caught:
        FORM.check(message(**other), SCOPE, is_new=True)
    return {violation.field: violation.rule for violation in caught.value.violations}


def test_the_least_subscription_has_every_documented_property() -> None:
    audit = {"createBy": "ann", "createDate": "2026-01-01T00:00:00.000Z"}
    audit |= {"updateBy": "ann", "updateDate": "2026-01-01T00:00:00.000Z"}
    assert shown(draft()) == {
        "apiVersion": "1",
        "appId": "shop",
        "confirmed": False,
        "contentType": "application/json",
        "endpoint": "https://example.com/hook",
        "id": ID,
        "isActive": True,
        "noCallback": False,
        "notificationDeliveryType": "Http",
        "subscribingTenants": [
            {"auditInfo": audit, "isActive": True, "subscribingContextLevelType": "tenant", "tenantId": 3}
        ],
        "topics": ["order.opened"],
        **audit,
    }


def test_extensions_that_are_set_are_answered_and_secrets_are_not() -> None:
    asked: dict[str, Any] = {
        "condition": "topic == 'order.opened'",
        "ordered": True,
        "orderedMaxWait": "60s",
        "maxConcurrency": 5,
        "maxPerSecond": 100,
    }
    answered = shown(draft(**asked, sharedSecret="s" * 16), inactive_reason="gone")
    assert {name: answered[name] for name in asked} == asked
    assert answered["inactiveReason"] == "gone"
    assert "sharedSecret" not in answered


def test_a_generated_secret_is_shown_once() -> None:
    shown = dump(stored(draft()), generated_secret="made")
    assert (shown.shared_secret, shown.signing_secret) == ("made", "whsec_bWFkZQ==")


def test_every_field_of_a_full_message_reaches_the_draft() -> None:
    made = draft(
        appId="other",
        contentType="Application/CloudEvents+JSON",
        isActive=False,
        noCallback=True,
        notificationDeliveryType="HTTP",
        sharedSecret="a secret of sixteen characters".replace(" ", "-"),
        startFrom="2026-01-01T00:00:00Z",
        topics=["order.*", "*", "order.*"],
    )
    assert (made.app_id, made.content_type, made.is_active, made.no_callback) == (
        "other",
        "application/cloudevents+json",
        False,
        True,
    )
    assert (made.secret, made.start_from) == ("a-secret-of-sixteen-characters", "2026-01-01T00:00:00Z")
    assert made.topics == ("order.*", "*")


def test_fields_that_the_server_sets_are_ignored_in_a_request() -> None:
    asked = draft(apiVersion="9", confirmed=True, createBy="eve", updateDate="now", inactiveReason="x")
    assert replace(asked, request_hash=b"") == replace(draft(), request_hash=b"")


def test_sites_are_matched_unless_they_are_inactive() -> None:
    sites = [{"siteId": 5}, {"siteId": 6, "isActive": False}]
    made = draft(subscribingTenants=[{"tenantId": 3, "subscribingSites": sites}])
    assert made.sites == (5,)
    [tenant] = shown(made)["subscribingTenants"]
    assert tenant["subscribingContextLevelType"] == "site"
    assert [(site["siteId"], site["isActive"]) for site in tenant["subscribingSites"]] == [(5, True), (6, False)]


@pytest.mark.parametrize(
    ("tenant", "sites"),
    [
        ({}, ()),
        ({"isActive": False}, (NO_SITE,)),
        ({"isActive": False, "subscribingSites": [{"siteId": 5}]}, (5,)),
        ({"subscribingSites": [{"siteId": 5, "isActive": False}]}, (NO_SITE,)),
    ],
)
def test_the_tenants_own_flag_counts_where_no_site_is_named(tenant: dict[str, Any], sites: tuple[int, ...]) -> None:
    assert draft(subscribingTenants=[tenant]).sites == sites


def test_a_site_keeps_its_audit_until_it_changes() -> None:
    first = stored(draft(subscribingTenants=[{"subscribingSites": [{"siteId": 5}, {"siteId": 6}]}]))
    sites = [{"siteId": 5}, {"siteId": 6, "isActive": False}, {"siteId": 7}]
    second = draft(T2, first, subscribingTenants=[{"subscribingSites": sites}])
    [tenant] = shown(second)["subscribingTenants"]
    audits = [site["auditInfo"] for site in tenant["subscribingSites"]]
    seconds = [(audit["createDate"][-7:], audit["updateDate"][-7:]) for audit in audits]
    assert seconds == [("00.000Z", "00.000Z"), ("00.000Z", "01.000Z"), ("01.000Z", "01.000Z")]
    assert second.extra["sites"][1]["audit"] == ["ann", T1, "ann", T2]


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "example.com/hook",
        "ftp://example.com/",
        "https://",
        "https:///path",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://ann@example.com/",
        "https://ann:pw@example.com/",
        "https://example.com/#top",
        "https://example.com/#",
        "https://example.com/\n",
        "https://[::1/",
        "https://exam ple.com/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://127.0.0.1./",
        "https://exam%20ple.com/",
        "https://example..com/",
        "https://" + "a." * 127 + "/",
        "https://example.com/" + "x" * 2_048,
        "http://127.0.0.1:9000/",
        "http://10.1.2.3/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/",
        "http://[fe80::1%25eth0]/",
        "http://[::ffff:127.0.0.1]/",
        "http://0.0.0.0/",
    ],
)
def test_an_endpoint_that_cannot_be_is_refused(endpoint: str) -> None:
    assert violations(endpoint=endpoint).keys() == {"endpoint"}


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://example.com",
        "https://example.com:8443/a?b=c%20d",
        "http://bücher.example/",
        "http://1.example.com.",
        "http://1.1.1.1/",
    ],
)
def test_public_endpoints_pass(endpoint: str) -> None:
    assert draft(endpoint=endpoint).endpoint == endpoint


def test_a_private_endpoint_passes_where_the_operator_allows_it() -> None:
    SubscriptionRules(Egress("127.0.0.0/8")).check(message(endpoint="http://127.0.0.1:9000/"), SCOPE, is_new=True)


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"contentType": "text/xml"}, "contentType"),
        ({"notificationDeliveryType": "Email"}, "notificationDeliveryType"),
        ({"appId": "a" * 256}, "appId"),
        ({"id": "not-a-guid"}, "id"),
        ({"topics": []}, "topics"),
        ({"topics": ["order.opened"] * 101}, "topics"),
        ({"topics": ["order.opened", "Order.Opened"]}, "topics[1]"),
        ({"topics": ["*.opened"]}, "topics[0]"),
        ({"subscribingTenants": [{"tenantId": 4}]}, "subscribingTenants[0].tenantId"),
        ({"subscribingTenants": [{"tenantId": 0}]}, "subscribingTenants[0].tenantId"),
        ({"subscribingTenants": [{}, {}]}, "subscribingTenants"),
        ({"subscribingTenants": [{"subscribingSites": [{}]}]}, "subscribingTenants[0].subscribingSites"),
        ({"subscribingTenants": [{"subscribingSites": [{"siteId": -1}]}]}, "subscribingTenants[0].subscribingSites"),
        (
            {"subscribingTenants": [{"subscribingSites": [{"siteId": 1}, {"siteId": 1}]}]},
            "subscribingTenants[0].subscribingSites",
        ),
        ({"sharedSecret": "too short"}, "sharedSecret"),
        ({"sharedSecret": "with blanks in between them"}, "sharedSecret"),
        ({"sharedSecret": ""}, "sharedSecret"),
        ({"sharedSecret": "ä" * 20}, "sharedSecret"),
        ({"sharedSecret": "********"}, "sharedSecret"),
        ({"condition": "x" * 2_049}, "condition"),
        ({"startFrom": "x" * 1_025}, "startFrom"),
        ({"orderedMaxWait": "0s"}, "orderedMaxWait"),
        ({"orderedMaxWait": "1.5s"}, "orderedMaxWait"),
        ({"orderedMaxWait": "1209601s"}, "orderedMaxWait"),
        ({"maxConcurrency": 0}, "maxConcurrency"),
        ({"maxConcurrency": 257}, "maxConcurrency"),
        ({"maxPerSecond": 0}, "maxPerSecond"),
        ({"maxPerSecond": 10_001}, "maxPerSecond"),
    ],
)
def test_a_field_out_of_its_bounds_is_named(other: dict[str, Any], field: str) -> None:
    assert violations(**other).keys() == {field}


def test_all_violations_are_reported_and_no_secret_is_repeated() -> None:
    secret = "it is no secret"
    with pytest.raises(InvalidInput) as caught:
        FORM.check(message(sharedSecret=secret, endpoint="", topics=[]), SCOPE, is_new=True)
    assert {violation.field for violation in caught.value.violations} == {"sharedSecret", "endpoint", "topics"}
    assert secret not in caught.value.message


def test_the_mask_stands_for_the_stored_secret_of_what_is_replaced() -> None:
    FORM.check(message(sharedSecret="********"), SCOPE, is_new=False)


def test_bounds_themselves_pass() -> None:
    made = draft(orderedMaxWait="1209600s", maxConcurrency=256, maxPerSecond=10_000, sharedSecret="!" * 128)
    assert Duration(seconds=made.ordered_max_wait_s).ToTimedelta().days == 14


@pytest.mark.parametrize("text", [ID, ID.upper(), "0192f0c1-2d3e-7abc-8def-0123456789ab"])
def test_an_id_is_read_with_and_without_dashes(text: str) -> None:
    assert parse_id(text) == ID


@pytest.mark.parametrize("text", ["", "x", ID[1:], ID + "0", "0192f0c12d3e-7abc-8def-0123456789ab", "é" * 32])
def test_another_text_names_no_subscription(text: str) -> None:
    with pytest.raises(NotFound):
        parse_id(text)
