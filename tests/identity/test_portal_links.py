"""Portal links: bounded in time and rights, exchanged for short tokens, gone when revoked."""

from datetime import timedelta

import pytest

from tests.support.installation import Installation
from tidings.identity.v1.portal_pb2 import ShowPortalRequest
from tidings.identity.v1.portal_pb2_grpc import PortalServiceStub
from tidings_server.composition.portal_page import portal_page
from tidings_server.edge.policies import console_policy
from tidings_server.identity.api.portal import PortalService
from tidings_server.identity.credentials import CredentialAdmin
from tidings_server.identity.portal_links import KEPT_US, TOKEN_LIFE_S, PortalLinks, PortalRights
from tidings_server.platform.errors import InvalidInput, NotFound, Unauthenticated, WrongState

SHOP = "https://shop.example"


@pytest.fixture
def links(installation: Installation) -> PortalLinks:
    return PortalLinks(
        installation.database,
        installation.tenants,
        tokens=installation.tokens,
        throttle=installation.throttle,
        clock=installation.clock,
        ids=installation.ids,
    )


def accounts(installation: Installation) -> CredentialAdmin:
    return CredentialAdmin(
        installation.database,
        installation.tenants,
        passwords=installation.passwords,
        clock=installation.clock,
        ids=installation.ids,
    )


def secret_of(address: str) -> str:
    return address.partition("#")[2]


@pytest.mark.parametrize(
    ("rights", "granted"),
    [
        (PortalRights(), {"events:read", "subscriptions:read", "subscriptions:write"}),
        (PortalRights(is_read_only=True), {"events:read", "subscriptions:read"}),
        (PortalRights("shop"), {"subscriptions:read", "subscriptions:write"}),
        (PortalRights("shop", is_read_only=True), {"subscriptions:read"}),
    ],
)
async def test_a_link_gives_just_its_rights(
    installation: Installation, links: PortalLinks, rights: PortalRights, granted: set[str]
) -> None:
    made = await links.create("demo", rights)
    opened = await links.exchange(secret_of(made.address))
    scope = await installation.credentials.bearer(opened.access_token)
    assert (scope.tenant_name, scope.application) == ("demo", rights.application or None)
    assert scope.grants == granted
    assert opened.expires_in_s == TOKEN_LIFE_S
    assert made.secret not in repr(made)


async def test_a_link_and_its_tokens_end_with_its_time(installation: Installation, links: PortalLinks) -> None:
    made = await links.create("demo", PortalRights(), life=timedelta(minutes=20))
    first = await links.exchange(secret_of(made.address))
    installation.clock.advance(timedelta(minutes=10))
    second = await links.exchange(secret_of(made.address))
    assert (first.expires_in_s, second.expires_in_s) == (900, 600)
    installation.clock.advance(timedelta(minutes=10))
    with pytest.raises(Unauthenticated):
        await links.exchange(secret_of(made.address))
    with pytest.raises(Unauthenticated):
        await installation.credentials.bearer(second.access_token)


async def test_a_revoked_link_and_its_tokens_are_good_for_nothing(
    installation: Installation, links: PortalLinks
) -> None:
    made = await links.create("demo", PortalRights())
    opened = await links.exchange(secret_of(made.address))
    await accounts(installation).revoke(made.credential.key)
    installation.credentials.forget()
    with pytest.raises(Unauthenticated):
        await links.exchange(secret_of(made.address))
    with pytest.raises(Unauthenticated):
        await installation.credentials.bearer(opened.access_token)


@pytest.mark.parametrize("change", ["", "x", ".", "{name}", "{name}.", "{name}.wrong", "wrong.{secret}"])
async def test_a_wrong_secret_opens_nothing(links: PortalLinks, change: str) -> None:
    made = await links.create("demo", PortalRights())
    with pytest.raises(Unauthenticated):
        await links.exchange(change.format(name=made.credential.name, secret=made.secret))


@pytest.mark.parametrize("life", [timedelta(seconds=59), timedelta(), timedelta(hours=24, seconds=1), -timedelta(1)])
async def test_a_life_out_of_bounds_is_refused(links: PortalLinks, life: timedelta) -> None:
    with pytest.raises(InvalidInput, match="expiresIn"):
        await links.create("demo", PortalRights(), life=life)


@pytest.mark.parametrize(
    "origin",
    ["*", "shop.example", f"{SHOP}/", f"{SHOP}/a", f"{SHOP}; script-src *", "https://a b", "'self'", "https://*.example",
     "ftp://shop.example", f"{SHOP} https://other.example", f"{SHOP}\n"],
)  # fmt: skip
async def test_what_is_no_origin_is_refused(links: PortalLinks, origin: str) -> None:
    with pytest.raises(InvalidInput, match="frameOrigin"):
        await links.create("demo", PortalRights(frame_origin=origin))


async def test_a_link_of_an_unknown_tenant_is_not_made(links: PortalLinks) -> None:
    with pytest.raises(NotFound):
        await links.create("nobody", PortalRights())


async def test_a_link_keeps_its_secret(installation: Installation, links: PortalLinks) -> None:
    made = await links.create("demo", PortalRights())
    with pytest.raises(WrongState):
        await accounts(installation).rotate(made.credential.key, overlap=None)


async def test_links_that_ended_long_ago_are_removed(installation: Installation, links: PortalLinks) -> None:
    made = await links.create("demo", PortalRights())
    installation.clock.advance(timedelta(hours=2, microseconds=KEPT_US))
    await links.create("demo", PortalRights())
    with pytest.raises(NotFound):
        await links.frame_origin(made.credential.name)


@pytest.mark.parametrize(("origin", "ancestors"), [(SHOP, SHOP), ("", "'none'")])
async def test_the_page_may_be_embedded_by_the_links_own_origin_alone(
    installation: Installation, links: PortalLinks, origin: str, ancestors: str
) -> None:
    made = await links.create("demo", PortalRights(frame_origin=origin))
    service = PortalService(links, lambda frame: (b"<!doctype html>", console_policy(frame or "'none'")))
    async with installation.serving(service) as channel:
        call = PortalServiceStub(channel).ShowPortal(ShowPortalRequest(id=made.credential.name))
        page = await call
        headers = dict(await call.trailing_metadata())
    assert page.content_type.startswith("text/html")
    assert f"frame-ancestors {ancestors};" in headers["content-security-policy"]
    shown = portal_page()(origin or None)
    assert shown is None or f"frame-ancestors {ancestors};" in shown[1]
