"""The economy service, an extension of document 003."""

from typing import Final

from tidings.loyalty.v1 import economies_pb2 as pb
from tidings.loyalty.v1 import economies_pb2_grpc
from tidings_server.loyalty import periods
from tidings_server.loyalty.api.currencies import currency
from tidings_server.loyalty.api.field_reader import FieldReader, print_instant
from tidings_server.loyalty.api.numbers import decimal
from tidings_server.loyalty.api.paging import MAX_SIZE, ListPaging
from tidings_server.loyalty.rules.economy import Economy, EconomyDraft, EconomyLevel, ExpiryKind, ExpiryPolicy
from tidings_server.loyalty.rules.fulfilments import PointsBase
from tidings_server.loyalty.rules.lifecycle import RuleStatus
from tidings_server.loyalty.rules.rules import Economies
from tidings_server.platform.clock import rfc3339_ms
from tidings_server.platform.errors import InvalidInput, Violation
from tidings_server.rpc.field_rules import FieldRules
from tidings_server.rpc.metadata import Context, etag_of, if_match, scope_of, set_rest_response

PATH: Final = "/api/v1/economies"

_ECONOMY: Final = FieldRules(pb.Economy, {"currency_code": currency}, required=("name",))


class EconomyService(economies_pb2_grpc.EconomyServiceServicer):
    """Points economies of the caller's tenant."""

    def __init__(self, economies: Economies, paging: ListPaging) -> None:
        self._economies = economies
        self._paging = paging

    async def CreateEconomy(self, request: pb.CreateEconomyRequest, context: Context) -> pb.Economy:
        economy = await self._economies.create(scope_of(context), load(request.economy))
        set_rest_response(context, location=f"{PATH}/{economy.id}", etag=etag_of(economy.version))
        return dump(economy)

    async def GetEconomy(self, request: pb.GetEconomyRequest, context: Context) -> pb.Economy:
        return await _respond(await self._economies.get(scope_of(context), request.economy_id), context)

    async def UpdateEconomy(self, request: pb.UpdateEconomyRequest, context: Context) -> pb.Economy:
        draft = load(request.economy)
        if request.economy.economy_id not in ("", request.economy_id):
            raise InvalidInput.of("economyId", "must be the one in the path, or absent")
        changed = await self._economies.update(scope_of(context), request.economy_id, draft, if_match=if_match(context))
        return await _respond(changed, context)

    async def ListEconomies(self, request: pb.ListEconomiesRequest, context: Context) -> pb.ListEconomiesResponse:
        scope = scope_of(context)
        asked = self._paging.request(scope, request, default_size=MAX_SIZE)
        found = await self._economies.list(scope, after=asked.start, limit=asked.size + 1)
        page = self._paging.cut(scope, found, size=asked.size, key=lambda economy: economy.key, dump=dump)
        return pb.ListEconomiesResponse(economies=page.messages, next=page.next)

    async def TestEconomy(self, request: pb.TestEconomyRequest, context: Context) -> pb.Economy:
        return await self._transition(request.economy_id, RuleStatus.TEST, context)

    async def ActivateEconomy(self, request: pb.ActivateEconomyRequest, context: Context) -> pb.Economy:
        return await self._transition(request.economy_id, RuleStatus.ACTIVE, context)

    async def DeactivateEconomy(self, request: pb.DeactivateEconomyRequest, context: Context) -> pb.Economy:
        return await self._transition(request.economy_id, RuleStatus.INACTIVE, context)

    async def ArchiveEconomy(self, request: pb.ArchiveEconomyRequest, context: Context) -> pb.Economy:
        return await self._transition(request.economy_id, RuleStatus.ARCHIVED, context)

    async def _transition(self, economy_id: str, status: RuleStatus, context: Context) -> pb.Economy:
        scope, versions = scope_of(context), if_match(context)
        return await _respond(await self._economies.transition(scope, economy_id, status, if_match=versions), context)


def load(message: pb.Economy) -> EconomyDraft:
    """The draft of an economy without the fields that the server sets. Raises InvalidInput."""
    reader = FieldReader()
    reader.violations += _ECONOMY.violations(message)
    starts_at = reader.instant(message.effective_from, "effectiveFrom")
    ends_at = reader.instant(message.effective_to, "effectiveTo")
    expiry = _load_expiry(message.expiry, reader) if message.HasField("expiry") else None
    if reader.violations:
        raise InvalidInput(violations=reader.violations)
    return EconomyDraft(
        name=message.name,
        points_per_unit=decimal(message.points_per_unit),
        base=PointsBase(pb.Economy.Base.Name(message.base)) if message.HasField("base") else PointsBase.TOTAL,
        levels=tuple(
            EconomyLevel(each.name, decimal(each.spend), decimal(each.points_per_unit)) for each in message.levels
        ),
        start_after_days=message.start_after_days,
        expiry=expiry,
        effective_from_us=starts_at,
        effective_to_us=ends_at,
        currency=message.currency_code,
    )


def dump(economy: Economy) -> pb.Economy:
    """The economy as a message."""
    draft = economy.draft
    return pb.Economy(
        economy_id=economy.id,
        name=draft.name,
        points_per_unit=float(draft.points_per_unit),
        base=pb.Economy.Base.Value(draft.base.value),
        levels=[
            pb.Level(name=each.name, spend=float(each.spend), points_per_unit=float(each.points_per_unit))
            for each in draft.levels
        ],
        start_after_days=draft.start_after_days or None,
        currency_code=draft.currency or None,
        expiry=_dump_expiry(draft.expiry) if draft.expiry else None,
        effective_from=print_instant(draft.effective_from_us),
        effective_to=print_instant(draft.effective_to_us),
        status=pb.Economy.Status.Value(economy.status.value),
        created_at=rfc3339_ms(economy.created_at),
        changed_at=rfc3339_ms(economy.updated_at),
    )


def _load_expiry(message: pb.Expiry, reader: FieldReader) -> ExpiryPolicy | None:
    name = message.WhichOneof("after")
    if name is None or not getattr(message, name):
        reader.violations.append(Violation("expiry", "must have an age or an inactivity"))
        return None
    period = reader.read(getattr(message, name), f"expiry.{name}", parse=periods.parse, rule=periods.RULE)
    return ExpiryPolicy(ExpiryKind[name.upper()], period) if period else None


def _dump_expiry(expiry: ExpiryPolicy) -> pb.Expiry:
    after = str(expiry.after)
    return pb.Expiry(age=after) if expiry.kind is ExpiryKind.AGE else pb.Expiry(inactivity=after)


async def _respond(economy: Economy, context: Context) -> pb.Economy:
    set_rest_response(context, etag=etag_of(economy.version))
    return dump(economy)
