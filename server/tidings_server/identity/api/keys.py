"""Issuers that tenants trust, and the server's own keys, for the operator."""

from tidings.admin.v1 import issuers_pb2, server_keys_pb2
from tidings.admin.v1.issuers_pb2_grpc import IssuerServiceServicer
from tidings.admin.v1.server_keys_pb2_grpc import ServerKeyServiceServicer
from tidings_server.identity.data_keys import DataKey, DataKeys
from tidings_server.identity.issuers import Issuers
from tidings_server.identity.signing_keys import SigningKey, SigningKeys
from tidings_server.identity.store.issuers import Issuer
from tidings_server.platform.clock import rfc3339_ms
from tidings_server.rpc.answer_size import fitting_with_next
from tidings_server.rpc.metadata import Context, scope_of


class IssuerService(IssuerServiceServicer):
    """Identity providers that tenants trust."""

    def __init__(self, issuers: Issuers) -> None:
        self._issuers = issuers

    async def CreateIssuer(self, request: issuers_pb2.CreateIssuerRequest, context: Context) -> issuers_pb2.Issuer:
        made = await self._issuers.create(
            request.tenant_id,
            issuer=request.issuer,
            audience=request.audience,
            jwks_url=request.jwks_url,
            grants=request.grants,
            retailer_claim=request.retailer_claim,
            issuer_id=scope_of(context).reserved_id,
        )
        return _issuer(made)

    async def ListIssuers(
        self, request: issuers_pb2.ListIssuersRequest, context: Context
    ) -> issuers_pb2.ListIssuersResponse:
        stored = await self._issuers.list(request.tenant_id, after=request.after)
        listed = fitting_with_next(list(map(_issuer, stored)), lambda last: last.id)
        return issuers_pb2.ListIssuersResponse(issuers=listed.messages, next=listed.next)

    async def DeleteIssuer(
        self, request: issuers_pb2.DeleteIssuerRequest, context: Context
    ) -> issuers_pb2.DeleteIssuerResponse:
        await self._issuers.delete(request.id)
        return issuers_pb2.DeleteIssuerResponse()


class ServerKeyService(ServerKeyServiceServicer):
    """Keys that sign tokens, and keys that seal secrets."""

    def __init__(self, signing: SigningKeys, data_keys: DataKeys) -> None:
        self._signing = signing
        self._data_keys = data_keys

    async def ListSigningKeys(
        self, request: server_keys_pb2.ListSigningKeysRequest, context: Context
    ) -> server_keys_pb2.ListSigningKeysResponse:
        return server_keys_pb2.ListSigningKeysResponse(keys=map(_signing_key, self._signing.listed()))

    async def RotateSigningKey(
        self, request: server_keys_pb2.RotateSigningKeyRequest, context: Context
    ) -> server_keys_pb2.SigningKey:
        made = await self._signing.rotate()
        return _signing_key(made)

    async def RevokeSigningKey(
        self, request: server_keys_pb2.RevokeSigningKeyRequest, context: Context
    ) -> server_keys_pb2.RevokeSigningKeyResponse:
        await self._signing.revoke(request.id)
        return server_keys_pb2.RevokeSigningKeyResponse()

    async def ListDataKeys(
        self, request: server_keys_pb2.ListDataKeysRequest, context: Context
    ) -> server_keys_pb2.ListDataKeysResponse:
        return server_keys_pb2.ListDataKeysResponse(keys=map(_data_key, self._data_keys.listed()))

    async def RotateDataKey(
        self, request: server_keys_pb2.RotateDataKeyRequest, context: Context
    ) -> server_keys_pb2.DataKey:
        made = await self._data_keys.rotate()
        return _data_key(made)

    async def RotateMasterKey(
        self, request: server_keys_pb2.RotateMasterKeyRequest, context: Context
    ) -> server_keys_pb2.RotateMasterKeyResponse:
        master, count = await self._data_keys.renew_master()
        return server_keys_pb2.RotateMasterKeyResponse(master=master, data_keys=count)


def _issuer(issuer: Issuer) -> issuers_pb2.Issuer:
    return issuers_pb2.Issuer(
        id=issuer.id,
        tenant_id=issuer.tenant_id,
        issuer=issuer.issuer,
        audience=issuer.audience,
        jwks_url=issuer.jwks_url,
        grants=issuer.grants,
        retailer_claim=issuer.retailer_claim,
    )


def _signing_key(key: SigningKey) -> server_keys_pb2.SigningKey:
    return server_keys_pb2.SigningKey(id=key.id, created_at=rfc3339_ms(key.created_at), state=key.state)


def _data_key(key: DataKey) -> server_keys_pb2.DataKey:
    return server_keys_pb2.DataKey(
        number=key.number, created_at=rfc3339_ms(key.created_at), state=key.state, master=key.master
    )
