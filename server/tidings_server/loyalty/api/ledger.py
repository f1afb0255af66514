"""The ledger service, an extension of document 003."""

from tidings.loyalty.v1 import ledger_pb2 as pb
from tidings.loyalty.v1 import ledger_pb2_grpc
from tidings_server.loyalty.api.field_reader import FieldReader
from tidings_server.loyalty.api.paging import ListPaging
from tidings_server.loyalty.ledger.queries import Ledger, LedgerEntry, Statement, StatementLot
from tidings_server.loyalty.ledger.redemptions import Redemptions, RedemptionState
from tidings_server.loyalty.ledger.reversals import Reversals
from tidings_server.loyalty.read_your_writes import ReadYourWrites
from tidings_server.platform.clock import Clock, rfc3339_ms
from tidings_server.platform.errors import InvalidInput
from tidings_server.rpc.answer_size import fitting
from tidings_server.rpc.metadata import Context, scope_of
from tidings_server.rpc.whole_numbers import int32


class LedgerService(ledger_pb2_grpc.LedgerServiceServicer):
    """Ledger entries, statements, redemptions and reversals of the caller's tenant."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        redemptions: Redemptions,
        reversals: Reversals,
        read_your_writes: ReadYourWrites,
        paging: ListPaging,
        clock: Clock,
    ) -> None:
        self._ledger = ledger
        self._redemptions = redemptions
        self._reversals = reversals
        self._read_your_writes = read_your_writes
        self._paging = paging
        self._clock = clock

    async def ListEntries(self, request: pb.ListEntriesRequest, context: Context) -> pb.ListEntriesResponse:
        scope, customer_id = scope_of(context), request.customer_id.lower()
        page_request = self._paging.request(scope, request)
        await self._read_your_writes.wait(scope.tenant, customer_id)
        found = await self._ledger.history(scope, customer_id, before=page_request.before, limit=page_request.size + 1)
        page = self._paging.cut(
            scope,
            found,
            size=page_request.size,
            key=lambda entry: entry.key,
            dump=lambda entry: _dump_entry(entry, self._paging.after(scope, entry.key)),
        )
        return pb.ListEntriesResponse(entries=page.messages, next=page.next)

    async def GetStatement(self, request: pb.GetStatementRequest, context: Context) -> pb.Statement:
        scope, customer_id = scope_of(context), request.customer_id.lower()
        reader = FieldReader()
        at_us = reader.instant(request.at, "at")
        if reader.violations:
            raise InvalidInput(violations=reader.violations)
        await self._read_your_writes.wait(scope.tenant, customer_id)
        now_us = self._clock.now_us()
        return dump_statement(await self._ledger.statement(scope, customer_id, now_us if at_us is None else at_us))

    async def GetRedemption(self, request: pb.GetRedemptionRequest, context: Context) -> pb.RedemptionState:
        return _dump_state(await self._redemptions.get(scope_of(context), request.event_id.lower()))

    async def ConfirmRedemption(self, request: pb.ConfirmRedemptionRequest, context: Context) -> pb.RedemptionState:
        return _dump_state(await self._redemptions.confirm(scope_of(context), request.event_id.lower()))

    async def VoidRedemption(self, request: pb.VoidRedemptionRequest, context: Context) -> pb.RedemptionState:
        return _dump_state(await self._redemptions.void(scope_of(context), request.event_id.lower()))

    async def ReverseOrder(self, request: pb.ReverseOrderRequest, context: Context) -> pb.Reversal:
        reversal = await self._reversals.reverse(
            scope_of(context), request.order_id, customer_id=request.customer_id, name_space=request.name_space
        )
        return pb.Reversal(
            order_id=reversal.order_id,
            customer_id=reversal.customer_id,
            points_taken=int32(reversal.points_taken),
            debt_incurred=int32(reversal.debt_incurred),
            points_returned=int32(reversal.points_returned),
            balance=int32(reversal.balance),
            is_existing=reversal.is_existing,
        )


def _dump_entry(entry: LedgerEntry, entry_id: str) -> pb.Entry:
    """`entry_id` is not the key, a number over all tenants, which would reveal the volume of others."""
    return pb.Entry(
        entry_id=entry_id,
        type=pb.Entry.Type.Value(entry.type.value),
        points=int32(entry.points),
        change=int32(entry.change),
        balance=int32(entry.balance),
        booked_at=rfc3339_ms(entry.at_us),
        event_id=entry.event_id or None,
        rule_id=entry.rule_id or None,
        order_id=entry.order_id or None,
    )


def dump_statement(statement: Statement) -> pb.Statement:
    """A statement, with the first of its lots that fit in one answer."""
    lots = fitting(map(_dump_lot, statement.lots))
    return pb.Statement(
        customer_id=statement.customer_id,
        at=rfc3339_ms(statement.at_us),
        balance=int32(statement.balance),
        pending_balance=int32(statement.pending_balance),
        held=int32(statement.held),
        debt=int32(statement.debt),
        lots=lots,
        has_more=len(lots) < len(statement.lots) or None,
    )


def _dump_lot(lot: StatementLot) -> pb.Lot:
    return pb.Lot(
        points=int32(lot.points),
        earned_at=rfc3339_ms(lot.earned_at_us),
        starts_at=rfc3339_ms(lot.starts_at_us),
        expires_at=None if lot.expires_at_us is None else rfc3339_ms(lot.expires_at_us),
        event_id=lot.event_id,
    )


def _dump_state(redemption: RedemptionState) -> pb.RedemptionState:
    return pb.RedemptionState(
        event_id=redemption.event_id,
        customer_id=redemption.customer_id,
        quantity=int32(redemption.quantity),
        status=pb.RedemptionState.Status.Value(redemption.state),
        created_at=rfc3339_ms(redemption.created_at),
        balance=int32(redemption.balance),
    )
