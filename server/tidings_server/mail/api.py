"""MailService: captured mail. All of it is an Extension."""

from typing import Final

from tidings.collector.v1 import mails_pb2 as pb
from tidings.collector.v1 import mails_pb2_grpc
from tidings_server.log.cursors import Cursors
from tidings_server.mail.captured_mail import MAX_PAGE, CapturedMails
from tidings_server.mail.store.captured_mail import CapturedMail
from tidings_server.platform.clock import rfc3339_ms
from tidings_server.rpc.answer_size import fitting
from tidings_server.rpc.field_rules import FieldRules, between
from tidings_server.rpc.json_values import struct_of
from tidings_server.rpc.metadata import Context, scope_of

DEFAULT_PAGE: Final = 50

_LIST: Final = FieldRules(pb.ListMailsRequest, {"page_size": between(1, MAX_PAGE)})


class MailService(mails_pb2_grpc.MailServiceServicer):
    """Captured mail of the caller's tenant."""

    def __init__(self, mails: CapturedMails, cursors: Cursors) -> None:
        self._mails = mails
        self._cursors = cursors

    async def ListMails(self, request: pb.ListMailsRequest, context: Context) -> pb.ListMailsResponse:
        _LIST.check(request)
        tenant = scope_of(context).tenant
        limit = request.page_size if request.HasField("page_size") else DEFAULT_PAGE
        before = self._cursors.parse(tenant, request.after) if request.after else None
        listed = await self._mails.list(tenant, before=before, limit=limit + 1, recipient=request.to)
        mails = fitting(map(_dump, listed[:limit]))
        following = self._cursors.print(tenant, listed[len(mails) - 1].key) if len(listed) > len(mails) else ""
        return pb.ListMailsResponse(mails=mails, next=following)


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
