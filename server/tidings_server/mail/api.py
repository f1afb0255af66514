"""MailService: captured mail; UnsubscribeService: the links by which recipients opt out. All of it is an Extension."""

from typing import Final

from google.api.httpbody_pb2 import HttpBody

from tidings.collector.v1 import mails_pb2 as pb
from tidings.collector.v1 import mails_pb2_grpc, unsubscribe_pb2, unsubscribe_pb2_grpc
from tidings_server.log.positions import Positions
from tidings_server.mail.captured_mail import MAX_PAGE, CapturedMails
from tidings_server.mail.store.captured_mail import CapturedMail
from tidings_server.mail.unsubscribe_links import OptOuts, UnsubscribeLinks
from tidings_server.platform.clock import rfc3339_ms
from tidings_server.rpc.answer_size import fitting
from tidings_server.rpc.field_rules import FieldRules, between
from tidings_server.rpc.json_values import struct_of
from tidings_server.rpc.metadata import Context, call_of, scope_of

DEFAULT_PAGE: Final = 50
HTML: Final = "text/html; charset=utf-8"
_PAGE: Final = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Unsubscribe</title></head>'
    '<body style="font-family: sans-serif; max-width: 40em; margin: 3em auto">{}</body></html>'
)
ASK: Final = _PAGE.format('<form method="post"><p>No more mail of this kind?</p><button>Unsubscribe</button></form>')
DONE: Final = _PAGE.format("<p>You are unsubscribed.</p>")

_LIST: Final = FieldRules(pb.ListMailsRequest, {"page_size": between(1, MAX_PAGE)})


class MailService(mails_pb2_grpc.MailServiceServicer):
    """Captured mail of the caller's tenant."""

    def __init__(self, mails: CapturedMails, positions: Positions) -> None:
        self._mails = mails
        self._positions = positions

    async def ListMails(self, request: pb.ListMailsRequest, context: Context) -> pb.ListMailsResponse:
        _LIST.check(request)
        tenant = scope_of(context).tenant
        limit = request.page_size if request.HasField("page_size") else DEFAULT_PAGE
        before = self._positions.parse(tenant, request.after) if request.after else None
        listed = await self._mails.list(tenant, before=before, limit=limit + 1, recipient=request.to)
        mails = fitting(map(_dump, listed[:limit]))
        following = self._positions.print(tenant, listed[len(mails) - 1].key) if len(listed) > len(mails) else ""
        return pb.ListMailsResponse(mails=mails, next=following)


class UnsubscribeService(unsubscribe_pb2_grpc.UnsubscribeServiceServicer):
    """Opts out the recipient whom the token of a link names."""

    def __init__(self, links: UnsubscribeLinks, opt_outs: OptOuts) -> None:
        self._links = links
        self._opt_outs = opt_outs

    async def ShowUnsubscribe(self, request: unsubscribe_pb2.ShowUnsubscribeRequest, context: Context) -> HttpBody:
        self._links.recipient(request.token)
        return _page(ASK, context)

    async def Unsubscribe(self, request: unsubscribe_pb2.UnsubscribeRequest, context: Context) -> HttpBody:
        await self._opt_outs.record(self._links.recipient(request.token))
        return _page(DONE, context)


def _page(html: str, context: Context) -> HttpBody:
    call_of(context).rest_response.update({"cache-control": "no-store"})
    return HttpBody(content_type=HTML, data=html.encode())


def _dump(mail: CapturedMail) -> pb.Mail:
    return pb.Mail(
        id=mail.id,
        to=mail.recipient,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        template_id=mail.template_id,
        data=struct_of(mail.data),
        captured_at=rfc3339_ms(mail.captured_at),
    )
