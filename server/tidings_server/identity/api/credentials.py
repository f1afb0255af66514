"""Credentials of every kind, for the operator."""

from datetime import timedelta

from google.protobuf.duration_pb2 import Duration

from tidings.admin.v1 import credentials_pb2 as pb
from tidings.admin.v1.credentials_pb2_grpc import CredentialServiceServicer
from tidings_server.identity.credentials import UNKNOWN, CredentialAdmin, CredentialRestriction, IssuedCredential
from tidings_server.identity.roles import role_of
from tidings_server.identity.store.tenants import StoredCredential
from tidings_server.identity.tenants import DEFAULT_PAGE
from tidings_server.platform.clock import Clock, rfc3339_ms
from tidings_server.platform.errors import InvalidInput, NotFound
from tidings_server.platform.texts import whole_number
from tidings_server.rpc.answer_size import fitting
from tidings_server.rpc.metadata import Context, scope_of, set_rest_response

MAX_KEY = 2**63 - 1


class CredentialService(CredentialServiceServicer):
    """Credentials of every kind."""

    def __init__(self, accounts: CredentialAdmin, clock: Clock) -> None:
        self._accounts = accounts
        self._clock = clock

    async def CreateKey(self, request: pb.CreateKeyRequest, context: Context) -> pb.Credential:
        made = await self._accounts.create_key(
            request.tenant_id,
            store_id=request.store_id,
            grants=request.grants,
            expires_at=request.expires_at,
            key_id=scope_of(context).reserved_id,
        )
        return await self._created(made, context)

    async def CreateUser(self, request: pb.CreateUserRequest, context: Context) -> pb.Credential:
        made = await self._accounts.create_user(
            request.tenant_id,
            username=request.username,
            password=request.password,
            grants=request.grants,
            restriction=CredentialRestriction(request.retailer_id, request.store_id),
            expires_at=request.expires_at,
        )
        return await self._created(made, context)

    async def CreateOperator(self, request: pb.CreateOperatorRequest, context: Context) -> pb.Credential:
        made = await self._accounts.create_operator(request.name, expires_at=request.expires_at)
        return await self._created(made, context)

    async def ListCredentials(self, request: pb.ListCredentialsRequest, context: Context) -> pb.ListCredentialsResponse:
        found = await self._accounts.page(
            tenant=request.tenant_id,
            family=request.family,
            has_revoked=request.revoked,
            after=_position(request.after),
            page_size=request.page_size,
        )
        size = request.page_size or DEFAULT_PAGE
        page = fitting(map(self._message, found[:size]))
        more = str(found[len(page) - 1].key) if len(found) > len(page) else None
        return pb.ListCredentialsResponse(credentials=page, next=more)

    async def GetCredential(self, request: pb.GetCredentialRequest, context: Context) -> pb.Credential:
        return self._message(await self._accounts.get(_key(request.id)))

    async def RotateCredential(self, request: pb.RotateCredentialRequest, context: Context) -> pb.Credential:
        overlap = _timedelta(request.overlap) if request.HasField("overlap") else None
        rotated = await self._accounts.rotate(_key(request.id), overlap=overlap, password=request.password)
        return self._message(rotated.credential, rotated.secret)

    async def RevokeCredential(self, request: pb.RevokeCredentialRequest, context: Context) -> pb.Credential:
        return self._message(await self._accounts.revoke(_key(request.id)))

    async def _created(self, made: IssuedCredential, context: Context) -> pb.Credential:
        set_rest_response(context, location=f"/admin/v1/credentials/{made.credential.key}")
        return self._message(made.credential, made.secret)

    def _message(self, stored: StoredCredential, secret: str | None = None) -> pb.Credential:
        overlaps = stored.old_secret_until if len(stored.hashes(self._clock.now_us())) > 1 else None
        return pb.Credential(
            id=str(stored.key),
            kind=stored.kind.value,
            name=stored.name,
            tenant_id=stored.tenant_id or None,
            grants=sorted(stored.grants),
            role=role_of(stored.grants),
            retailer_id=stored.retailer_id,
            store_id=_text(stored.store_id),
            user_id=_text(stored.user_id),
            state=self._state(stored),
            created_at=rfc3339_ms(stored.created_at),
            expires_at=_time(stored.expires_at),
            revoked_at=_time(stored.revoked_at),
            old_secret_until=_time(overlaps),
            secret=secret,
            application=stored.application,
            frame_origin=stored.frame_origin,
        )

    def _state(self, stored: StoredCredential) -> str:
        if stored.revoked_at is not None:
            return "REVOKED"
        is_over = stored.expires_at is not None and stored.expires_at <= self._clock.now_us()
        return "EXPIRED" if is_over else "LIVE"


def _key(text: str) -> int:
    """Number of a credential, parsed. Raises NotFound for anything else."""
    key = whole_number(text, most=MAX_KEY)
    if key is None:
        raise NotFound(UNKNOWN)
    return key


def _position(text: str) -> int:
    try:
        return _key(text or "0")
    except NotFound:
        raise InvalidInput.of("after", "must be `next` of a page") from None


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _time(at_us: int | None) -> str | None:
    return None if at_us is None else rfc3339_ms(at_us)


def _timedelta(duration: Duration) -> timedelta:
    """The duration; the longest that there is for one that is longer."""
    try:
        return timedelta(seconds=duration.seconds, microseconds=duration.nanos // 1_000)
    except OverflowError:
        return timedelta.max if duration.seconds > 0 else timedelta.min
