"""Conversion and validation of push subscriptions. Source: WIRE.md 002; bounds in the contract."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from tidings.push.v1 import subscriptions_pb2 as pb
from tidings_server.delivery.confirmations import next_ping_at
from tidings_server.delivery.egress import RULE, Egress
from tidings_server.delivery.http.endpoint_url import URL_RULE, EndpointUrl
from tidings_server.delivery.signing import signing_secret
from tidings_server.delivery.store.subscriptions import DestinationKind, Subscription
from tidings_server.delivery.subscription_drafts import SubscriptionDraft, servers_reason
from tidings_server.delivery.subscription_secrets import MASK
from tidings_server.delivery.waiting import HEALTH, health_of
from tidings_server.log.topics import check_pattern
from tidings_server.platform.clock import rfc3339_ms
from tidings_server.platform.errors import InvalidInput, NotFound, Violation
from tidings_server.platform.scope import Scope
from tidings_server.push.api.payloads import CONTENT_TYPES, JSON
from tidings_server.rpc.field_mapper import FieldMapper
from tidings_server.rpc.field_rules import Check, FieldRules, between, is_host, matching, text, whole_seconds

API_VERSION: Final = "1"
DELIVERY_TYPE: Final = "Http"
MAX_ENDPOINT: Final = 2_048
MAX_TOPICS: Final = 100
MAX_SITES: Final = 1_000
MAX_WAIT_S: Final = 14 * 86_400

NO_SITE: Final = -1
"""The only site of a subscription whose tenant, or whose every site, is inactive: no event belongs to it."""

_GUID = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SECRET = re.compile(rf"[!-~]{{16,128}}|{re.escape(MASK)}")
_CONTENT_TYPE = re.compile(f"|{'|'.join(map(re.escape, CONTENT_TYPES))}", re.IGNORECASE)
_DELIVERY_TYPE = re.compile(f"|{DELIVERY_TYPE}", re.IGNORECASE)

_RENAMED = {"ordered_max_wait": "ordered_max_wait_s"}
_BY_SERVER = ("api_version", "confirmed", "create_by", "create_date", "update_by", "update_date")
_COMPUTED = (*HEALTH, "inactive_reason", "confirmation_error", "next_ping_date", "signing_secret")
_EXTENSIONS = ("condition", "ordered", "ordered_max_wait_s", "max_concurrency", "max_per_second")
_BY_HAND = ("notification_delivery_type", "subscribing_tenants", "topics")

_REQUEST = FieldMapper(
    pb.Subscription,
    SubscriptionDraft,
    rename={**_RENAMED, "shared_secret": "secret"},
    by_hand=(*_BY_HAND, *_BY_SERVER, *_COMPUTED, "last_condition_error", "id"),
)
_ANSWER = FieldMapper(
    pb.Subscription,
    Subscription,
    rename={**_RENAMED, "confirmed": "is_confirmed", "create_by": "created_by", "update_by": "updated_by"},
    by_hand=(
        *_BY_HAND,
        *_COMPUTED,
        *("api_version", "create_date", "update_date", "shared_secret", "start_from"),
    ),
    unset={
        **{field.name: field.default for field in fields(SubscriptionDraft) if field.name in _EXTENSIONS},
        "last_condition_error": "",
    },
)


def parse_id(text: str) -> str:
    """The id in its stored form, 32 lower-case hexadecimal digits. Raises NotFound: no other text names anything."""
    if not _GUID.fullmatch(text):
        raise NotFound("There is no such subscription.")
    return UUID(text).hex


class SubscriptionRules:
    """Validation of a request. Raises InvalidInput with all violations of the contract's bounds."""

    def __init__(self, egress: Egress) -> None:
        self._rules = FieldRules(
            pb.Subscription,
            {
                "app_id": text(255),
                "condition": text(2_048),
                "content_type": matching(_CONTENT_TYPE, f"one of {', '.join(CONTENT_TYPES)}"),
                "endpoint": _endpoint(egress),
                "id": matching(_GUID, "32 hexadecimal digits, with or without dashes"),
                "max_concurrency": between(1, 256),
                "max_per_second": between(1, 10_000),
                "notification_delivery_type": matching(_DELIVERY_TYPE, DELIVERY_TYPE),
                "ordered_max_wait": whole_seconds(1, MAX_WAIT_S),
                "shared_secret": matching(_SECRET, "16 to 128 printable ASCII characters"),
            },
            required=("endpoint",),
        )

    def check(self, message: pb.Subscription, scope: Scope, *, is_new: bool) -> None:
        violations = (
            *self._rules.violations(message),
            *_secret_violations(message, is_new=is_new),
            *_topic_violations(message.topics),
            *_tenant_violations(message.subscribing_tenants, scope),
        )
        if violations:
            raise InvalidInput(violations=violations)


def load(
    message: pb.Subscription, scope: Scope, *, subscription_id: str, now_us: int, before: Subscription | None = None
) -> SubscriptionDraft:
    """The draft of a valid message; an update replaces `before`. Fields that the server sets are ignored."""
    tenant = message.subscribing_tenants[0] if message.subscribing_tenants else pb.SubscribingTenant()
    sites = _load_sites(tenant.subscribing_sites, scope, now_us, before)
    values: dict[str, Any] = _REQUEST.load(message) | {
        "id": subscription_id,
        "app_id": message.app_id or scope.app_id,
        "content_type": message.content_type.lower() or JSON,
        "topics": tuple(dict.fromkeys(message.topics)),
        "sites": _matched_sites(sites, is_tenant_active=_is_active(tenant)),
        "extra": {"isTenantActive": _is_active(tenant), "sites": sites},
        "destination": DestinationKind.WEBHOOK,
        "request_hash": sha256(message.SerializeToString(deterministic=True)).digest(),
    }
    return SubscriptionDraft(**values)


def dump(stored: Subscription, *, generated_secret: str = "") -> pb.Subscription:
    """A subscription as a message. A secret is shown once, in the answer to the request that created it."""
    message, next_ping = _ANSWER.dump(stored), next_ping_at(stored)
    message.MergeFrom(
        pb.Subscription(
            api_version=API_VERSION,
            confirmation_error=stored.ping_error,
            create_date=rfc3339_ms(stored.created_at),
            inactive_reason=servers_reason(stored),
            next_ping_date=None if next_ping is None else rfc3339_ms(next_ping),
            notification_delivery_type=DELIVERY_TYPE,
            subscribing_tenants=[_dump_tenant(stored)],
            topics=stored.topics,
            update_date=rfc3339_ms(stored.updated_at),
            shared_secret=generated_secret or None,
            signing_secret=signing_secret(generated_secret) if generated_secret else None,
            **health_of(stored),
        )
    )
    return message


def _dump_tenant(stored: Subscription) -> pb.SubscribingTenant:
    sites = stored.extra["sites"]
    return pb.SubscribingTenant(
        audit_info=_audit(stored.created_by, stored.created_at, stored.updated_by, stored.updated_at),
        is_active=stored.extra["isTenantActive"],
        subscribing_context_level_type="site" if sites else "tenant",
        subscribing_sites=[
            pb.SubscribingSite(audit_info=_audit(*site["audit"]), is_active=site["isActive"], site_id=site["siteId"])
            for site in sites
        ],
        tenant_id=stored.tenant_id,
    )


def _audit(created_by: str, created_at: int, updated_by: str, updated_at: int) -> pb.AuditInfo:
    return pb.AuditInfo(
        create_by=created_by,
        create_date=rfc3339_ms(created_at),
        update_by=updated_by,
        update_date=rfc3339_ms(updated_at),
    )


def _load_sites(
    sites: Sequence[pb.SubscribingSite], scope: Scope, now_us: int, before: Subscription | None
) -> list[dict[str, Any]]:
    """The sites in their stored form: an existing site keeps its creator, and its last editor unless it changes."""
    known = {site["siteId"]: site for site in before.extra["sites"]} if before else {}
    loaded = []
    for site in sites:
        is_active = _is_active(site)
        audit = [scope.actor, now_us, scope.actor, now_us]
        if old := known.get(site.site_id):
            audit = old["audit"] if old["isActive"] == is_active else [*old["audit"][:2], *audit[2:]]
        loaded.append({"siteId": site.site_id, "isActive": is_active, "audit": audit})
    return loaded


def _matched_sites(sites: Sequence[dict[str, Any]], *, is_tenant_active: bool) -> tuple[int, ...]:
    """Sites whose events are sent, empty for all; without sites the tenant's own flag decides."""
    if not sites:
        return () if is_tenant_active else (NO_SITE,)
    return tuple(site["siteId"] for site in sites if site["isActive"]) or (NO_SITE,)


def _is_active(message: pb.Subscription | pb.SubscribingTenant | pb.SubscribingSite) -> bool:
    """Absent means true."""
    return message.is_active or not message.HasField("is_active")


def _secret_violations(message: pb.Subscription, *, is_new: bool) -> Iterator[Violation]:
    if is_new and message.shared_secret == MASK:
        yield Violation("sharedSecret", f"{MASK} stands for a stored secret; there is none yet")


def _endpoint(egress: Egress) -> Check:
    """A check of URLs. The addresses of a host's name are checked at each connection."""

    def check(endpoint: str) -> str | None:
        if len(endpoint) > MAX_ENDPOINT or not endpoint.isprintable():
            return f"at most {MAX_ENDPOINT:,} printable characters"
        try:
            host = EndpointUrl.parse(endpoint).origin.host
        except ValueError as error:
            return str(error)
        if not (":" in host or is_host(host)):
            return URL_RULE
        return None if egress.allows_host(host) else RULE

    return check


def _topic_violations(topics: Sequence[str]) -> Iterator[Violation]:
    if not 1 <= len(topics) <= MAX_TOPICS:
        yield Violation("topics", f"1 to {MAX_TOPICS}", f"{len(topics):,} topics")
        return
    for index, topic in enumerate(topics):
        try:
            check_pattern(topic, f"topics[{index}]")
        except InvalidInput as error:
            yield from error.violations


def _tenant_violations(tenants: Sequence[pb.SubscribingTenant], scope: Scope) -> Iterator[Violation]:
    if len(tenants) > 1:
        yield Violation("subscribingTenants", "the caller's own tenant alone", f"{len(tenants):,} tenants")
        return
    for tenant in tenants:
        if tenant.HasField("tenant_id") and tenant.tenant_id != scope.tenant:
            yield Violation("subscribingTenants[0].tenantId", "the number of the caller's own tenant")
        sites = [site.site_id for site in tenant.subscribing_sites]
        if len(sites) > MAX_SITES or len(set(sites)) < len(sites) or min(sites, default=1) < 1:
            yield Violation(
                "subscribingTenants[0].subscribingSites", f"at most {MAX_SITES:,} different sites, each with its siteId"
            )
