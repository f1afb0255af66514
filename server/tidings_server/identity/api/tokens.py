"""The token endpoints: TokenService for gRPC clients, and the two documented form posts of REST.

Answers have the fields of each vendor's own endpoint: the realm path those of document 000's, `/oauth/token` those of
document 001's. Errors are RFC 6749's (see rpc/error_bodies.py). Nothing of a request is ever logged.
"""

import json
from base64 import b64decode
from collections.abc import Mapping
from urllib.parse import parse_qs, unquote_plus

from google.api.httpbody_pb2 import HttpBody

from tidings.identity.v1.tokens_pb2 import ExchangeFormRequest, GetJwksRequest, IssueTokenRequest, Token
from tidings.identity.v1.tokens_pb2_grpc import TokenServiceServicer
from tidings_server.identity.login import IssuedToken, Login, TokenRequest
from tidings_server.identity.signing_keys import SigningKeys
from tidings_server.platform.errors import InvalidInput, Unauthenticated, Violation
from tidings_server.platform.json_type import MAX_WHOLE
from tidings_server.platform.texts import whole_number
from tidings_server.platform.turns import STRANGERS
from tidings_server.platform.worker_threads import off_loop
from tidings_server.rpc.metadata import Context, call_of

FORM = "application/x-www-form-urlencoded"
JWK_SET = "application/json"
JWKS_AGE_S = 120
"""Time that others may cache the public keys: less than a new one is published before it signs."""
MAX_FIELDS = 32
BEARER = "Bearer"
PARAMETERS = ("grant_type", "client_id", "client_secret", "username", "password", "scope")


class TokenService(TokenServiceServicer):
    """Issues tokens. Needs no credentials but those in the request."""

    def __init__(self, login: Login, keys: SigningKeys) -> None:
        self._login = login
        self._keys = keys

    async def IssueToken(self, request: IssueTokenRequest, context: Context) -> Token:
        issued = await self._login.token(TokenRequest(**{name: getattr(request, name) for name in PARAMETERS}))
        return Token(
            access_token=issued.access_token, token_type=BEARER, expires_in=issued.expires_in_s, scope=issued.scope
        )

    async def GetJwks(self, request: GetJwksRequest, context: Context) -> HttpBody:
        call_of(context).rest_response.update({"cache-control": f"public, max-age={JWKS_AGE_S}"})
        return HttpBody(content_type=JWK_SET, data=json.dumps(self._keys.public()).encode())

    async def ExchangeForm(self, request: ExchangeFormRequest, context: Context) -> HttpBody:
        form = await off_loop(lambda: _in_form(request.form), tenant=STRANGERS, size=len(request.form.data))
        sent = _in_query(request) | form
        given = _with_basic(sent, call_of(context).metadata.get("authorization", ""))
        issued = await self._login.token(TokenRequest(**given, realm=request.realm))
        call_of(context).rest_response.update({"cache-control": "no-store", "pragma": "no-cache"})
        body = _realm_answer(issued) if request.realm else _oauth_answer(issued)
        return HttpBody(content_type="application/json", data=json.dumps(body).encode())


def _in_query(request: ExchangeFormRequest) -> dict[str, str]:
    return {name: value for name in PARAMETERS if (value := getattr(request, name))}


def _in_form(form: HttpBody) -> dict[str, str]:
    """Parameters of the form; others are ignored (RFC 6749). Raises InvalidInput for anything but a form."""
    if not form.data:
        return {}
    if form.content_type.partition(";")[0].strip().lower() != FORM:
        raise InvalidInput(f"The body must be {FORM}.")
    if form.data.count(b"&") >= MAX_FIELDS:
        raise InvalidInput(f"The body must have at most {MAX_FIELDS} parameters.")
    try:
        fields = parse_qs(form.data.decode(), keep_blank_values=True, strict_parsing=True, errors="strict")
    except UnicodeDecodeError:
        raise InvalidInput(f"The body is not {FORM} in UTF-8.") from None
    except ValueError:
        raise InvalidInput(f"The body is not {FORM}: a parameter has no equals sign.") from None
    repeated = [(name, len(fields[name])) for name in PARAMETERS if len(fields.get(name, ())) > 1]
    if repeated:
        raise InvalidInput(violations=[Violation(name, "must be there once", f"{n} values") for name, n in repeated])
    return {name: fields[name][0] for name in PARAMETERS if fields.get(name, [""])[0]}


def _with_basic(sent: Mapping[str, str], authorization: str) -> dict[str, str]:
    """Parameters with the client of HTTP Basic. Raises InvalidInput when the client is given in two ways."""
    kind, _, encoded = authorization.partition(" ")
    if kind.lower() != "basic":
        return dict(sent)
    try:
        client_id, colon, secret = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except ValueError:
        colon = ""
    if not colon:
        raise Unauthenticated("The Authorization header is not valid HTTP Basic.")
    if "client_secret" in sent or sent.get("client_id", client_id) != client_id:
        raise InvalidInput("The client must authenticate in one way only.")
    return {**sent, "client_id": unquote_plus(client_id), "client_secret": unquote_plus(secret)}


def _realm_answer(issued: IssuedToken) -> dict[str, object]:
    """Response of the realm path (document 000); there are no refresh tokens, so their life is 0."""
    return {
        "access_token": issued.access_token,
        "expires_in": issued.expires_in_s,
        "refresh_expires_in": 0,
        "token_type": BEARER,
        "not-before-policy": 0,
        "scope": issued.scope,
    }


def _oauth_answer(issued: IssuedToken) -> dict[str, object]:
    """Response of /oauth/token (document 001); a retailer's id is a number where it can be."""
    answer: dict[str, object] = {
        "access_token": issued.access_token,
        "token_type": "bearer",
        "expires_in": issued.expires_in_s,
        "scope": issued.scope,
    }
    if issued.retailer_id is not None:
        number = whole_number(issued.retailer_id, most=MAX_WHOLE)
        answer["Retailer_id"] = issued.retailer_id if number is None else number
    return answer
