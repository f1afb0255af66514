"""Portal links: made for the operator, opened by whoever holds one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from google.api.httpbody_pb2 import HttpBody

from tidings.admin.v1 import portal_links_pb2 as links_pb
from tidings.admin.v1.portal_links_pb2_grpc import PortalLinkServiceServicer
from tidings.identity.v1 import portal_pb2 as pb
from tidings.identity.v1.portal_pb2_grpc import PortalServiceServicer
from tidings_server.identity.portal_links import LIFE, MAX_LIFE, PortalLinks, PortalRights
from tidings_server.platform.clock import rfc3339_ms
from tidings_server.platform.errors import NotFound
from tidings_server.rpc.metadata import Context, call_of, set_rest_response

HTML: Final = "text/html; charset=utf-8"
BEARER: Final = "Bearer"

PortalPage = Callable[[str | None], tuple[bytes, str] | None]
"""The page of the console and its Content-Security-Policy, for an origin that may embed it; None without a console."""


class PortalLinkService(PortalLinkServiceServicer):
    """Makes portal links."""

    def __init__(self, links: PortalLinks, base_url: Callable[[], str]) -> None:
        """`base_url` gives where browsers reach REST, without a slash at its end."""
        self._links = links
        self._base_url = base_url

    async def CreatePortalLink(
        self, request: links_pb.CreatePortalLinkRequest, context: Context
    ) -> links_pb.PortalLink:
        rights = PortalRights(request.application, request.frame_origin, request.read_only)
        seconds = min(max(request.expires_in.seconds, 0), MAX_LIFE // timedelta(seconds=1) + 1)
        sent = timedelta(seconds=seconds, microseconds=request.expires_in.nanos // 1_000)
        life = sent if request.HasField("expires_in") else LIFE
        made = await self._links.create(request.tenant_id, rights, life=life)
        link = made.credential
        set_rest_response(context, location=f"/admin/v1/credentials/{link.key}")
        return links_pb.PortalLink(
            id=str(link.key),
            url=f"{self._base_url()}{made.address}",
            expires_at=rfc3339_ms(link.expires_at or 0),
            tenant_id=link.tenant_id,
            application=link.application,
            frame_origin=link.frame_origin,
            grants=sorted(link.grants),
        )


class PortalService(PortalServiceServicer):
    """Opens portal links."""

    def __init__(self, links: PortalLinks, page: PortalPage) -> None:
        self._links = links
        self._page = page

    async def ShowPortal(self, request: pb.ShowPortalRequest, context: Context) -> HttpBody:
        shown = self._page(await self._links.frame_origin(request.id))
        if shown is None:
            raise NotFound("This server has no console.")
        html, policy = shown
        call_of(context).rest_response.update({"content-security-policy": policy, "cache-control": "no-store"})
        return HttpBody(content_type=HTML, data=html)

    async def ExchangePortalToken(self, request: pb.ExchangePortalTokenRequest, context: Context) -> pb.PortalSession:
        opened = await self._links.exchange(request.token)
        call_of(context).rest_response.update({"cache-control": "no-store"})
        link = opened.credential
        return pb.PortalSession(
            access_token=opened.access_token,
            token_type=BEARER,
            expires_in=opened.expires_in_s,
            scope=" ".join(sorted(link.grants)),
            tenant=link.tenant_name,
            application=link.application,
            link_expires_at=rfc3339_ms(link.expires_at or 0),
        )
