"""Authentication by the headers of a call, in each dialect's own spelling.

Each function takes the verifier of credentials and the call's metadata (names in lower case), and returns the caller's
Scope. A caller without good credentials learns nothing more: other errors are answered only after that.

Credentials of one retailer or one store are good only where answers can be kept to it: those of a retailer for
document 001, those of a store for document 004. The others show and change what is the whole tenant's.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final

from tidings_server.identity.authentication import CredentialVerifier
from tidings_server.platform.errors import InvalidInput, PermissionDenied, Unauthenticated
from tidings_server.platform.scope import Scope
from tidings_server.platform.texts import whole_number

CallHeaders = Mapping[str, str]
Authenticate = Callable[[CredentialVerifier, CallHeaders], Awaitable[Scope]]
"""The caller's Scope from the headers of a call. Raises Unauthenticated, InvalidInput or PermissionDenied."""

MAX_SITE = 2**31 - 1
INVALID_USER = "Invalid user, Authorization header value does not belong to a valid user"


async def collector(credentials: CredentialVerifier, headers: CallHeaders) -> Scope:
    """Document 000: a bearer token, and `X-TWC-Tenant` with its tenant's name or UUID.

    In this order: no or bad token Unauthenticated, header missing InvalidInput, another or unknown tenant
    PermissionDenied; so are credentials of a retailer or store. `x-vol-site` (002's header) names the site of
    the events.
    """
    scope = await credentials.bearer(_bearer(headers))
    named = headers.get("x-twc-tenant", "").strip()
    if not named:
        raise InvalidInput.of("X-TWC-Tenant", "is required: the tenant's name or UUID")
    if named != scope.tenant_name and named.lower() != scope.tenant_id:
        raise PermissionDenied("The token does not belong to the tenant that X-TWC-Tenant names.")
    return _at_site(_unbound(scope), headers)


async def push(credentials: CredentialVerifier, headers: CallHeaders) -> Scope:
    """Document 002: a bearer token; `x-vol-tenant`, where sent, must be its tenant's number; `x-vol-site` narrows.

    Raises PermissionDenied for another tenant, and for credentials of a retailer or store.
    """
    scope = await credentials.bearer(_bearer(headers))
    named = headers.get("x-vol-tenant", "").strip()
    if named and named != str(scope.tenant):
        raise PermissionDenied("The token does not belong to the tenant that x-vol-tenant names.")
    return _at_site(_unbound(scope), headers)


async def orchestration(credentials: CredentialVerifier, headers: CallHeaders) -> Scope:
    """Document 001: the bearer token of an account's client, or of a user with or without a retailer.

    Raises Unauthenticated with the document's text, and PermissionDenied for the token of a store's user.
    """
    try:
        return _without_store(await credentials.bearer(_bearer(headers)))
    except Unauthenticated:
        raise Unauthenticated(INVALID_USER) from None


async def loyalty(credentials: CredentialVerifier, headers: CallHeaders) -> Scope:
    """Document 003: `x-tenant-id`, `x-api-key` and `x-api-secret`, or a bearer token; both must agree.

    Raises PermissionDenied for the token of a retailer's or store's user.
    """
    tenant_id, key, secret = (headers.get(name, "") for name in ("x-tenant-id", "x-api-key", "x-api-secret"))
    if not (tenant_id or key or secret):
        return _unbound(await credentials.bearer(_bearer(headers)))
    scope = await credentials.api_key(tenant_id.lower(), key, secret)
    if "authorization" in headers and (await credentials.bearer(_bearer(headers))).tenant != scope.tenant:
        raise Unauthenticated
    return scope


async def scheduling(credentials: CredentialVerifier, headers: CallHeaders) -> Scope:
    """Document 004: `store` with `api_key`, or with `user_id` and `user_token`; the key decides where both are sent."""
    store = headers.get("store", "")
    if "api_key" in headers:
        return await credentials.store_key(store, headers["api_key"])
    return await credentials.user_token(store, headers.get("user_id", ""), headers.get("user_token", ""))


async def operator(credentials: CredentialVerifier, headers: CallHeaders) -> Scope:
    """The operator's own API: an operator token as the bearer."""
    return await credentials.operator(_bearer(headers))


def _bearer(headers: CallHeaders) -> str:
    """The token behind `Authorization: Bearer`; empty when there is none, which no credential is."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _unbound(scope: Scope) -> Scope:
    if scope.retailer_id is not None:
        raise PermissionDenied("These credentials are for one retailer's workflow events alone.")
    return _without_store(scope)


def _without_store(scope: Scope) -> Scope:
    if scope.store_id is not None:
        raise PermissionDenied("These credentials are for one store's scheduled events alone.")
    return scope


def _at_site(scope: Scope, headers: CallHeaders) -> Scope:
    site = headers.get("x-vol-site", "").strip()
    return replace(scope, site_id=_site(site)) if site else scope


def _site(text: str) -> int:
    site = whole_number(text, least=1, most=MAX_SITE)
    if site is None:
        raise InvalidInput.of("x-vol-site", "must be a site's number")
    return site


AUTHENTICATORS: Final[Mapping[str, Authenticate]] = {
    "collector": collector,
    "orchestration": orchestration,
    "push": push,
    "loyalty": loyalty,
    "scheduling": scheduling,
    "tokens": operator,
    "operator": operator,
}
"""Authentication by the name of the dialect (`rpc.dialects`)."""
