"""AuthTicketService: the log-in of the vendor's own clients. Source: WIRE.md, extensions."""

from typing import Final

from tidings.push.v1 import auth_tickets_pb2 as pb
from tidings.push.v1 import auth_tickets_pb2_grpc
from tidings_server.identity.api.tokens import BEARER
from tidings_server.identity.login import Login, TokenRequest
from tidings_server.platform.clock import Ids
from tidings_server.platform.errors import UnsupportedGrantType
from tidings_server.rpc.metadata import Context, call_of

CLIENT_CREDENTIALS: Final = "client_credentials"
GRANT_TYPES: Final = frozenset({"", CLIENT_CREDENTIALS, "refresh_token"})


class AuthTicketService(auth_tickets_pb2_grpc.AuthTicketServiceServicer):
    """Issues tokens. Needs no credentials but those in the request."""

    def __init__(self, login: Login, ids: Ids) -> None:
        self._login = login
        self._ids = ids

    async def CreateAuthTicket(self, request: pb.CreateAuthTicketRequest, context: Context) -> pb.AuthTicket:
        if request.grant_type not in GRANT_TYPES:
            raise UnsupportedGrantType("The grant_type must be client_credentials or refresh_token.")
        asked = TokenRequest(CLIENT_CREDENTIALS, request.client_id, request.client_secret)
        issued = await self._login.token(asked)
        call_of(context).rest_response.update({"cache-control": "no-store", "pragma": "no-cache"})
        return pb.AuthTicket(
            access_token=issued.access_token,
            token_type=BEARER,
            expires_in=issued.expires_in_s,
            refresh_token=self._ids.uuid7(),
        )
