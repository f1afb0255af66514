"""`tidings client`, `key`, `user`, `operator`: create and list; `tidings credential`: show, rotate, revoke."""

import re
from datetime import timedelta
from typing import Annotated

import typer
from google.protobuf.duration_pb2 import Duration

from tidings.admin.v1 import credentials_pb2 as pb
from tidings.admin.v1 import tenants_pb2
from tidings.admin.v1.credentials_pb2_grpc import CredentialServiceStub
from tidings.admin.v1.tenants_pb2_grpc import TenantServiceStub
from tidings.identity.v1.tokens_pb2 import IssueTokenRequest
from tidings.identity.v1.tokens_pb2_grpc import TokenServiceStub
from tidings_cli.context import Session, Yes, confirm, read_secret, session_of

clients = typer.Typer(no_args_is_help=True, help="OAuth clients: an id and a secret to get access tokens.")
keys = typer.Typer(no_args_is_help=True, help="API keys: of a tenant (document 003) or of a store (document 004).")
users = typer.Typer(no_args_is_help=True, help="Users with a password: of documents 001 and 004.")
operators = typer.Typer(no_args_is_help=True, help="Operators, who may use this command line.")
credentials = typer.Typer(no_args_is_help=True, help="Show, rotate and revoke a credential of any kind by its number.")

COLUMNS = ("id", "kind", "name", "tenantId", "retailerId", "storeId", "state", "createdAt", "expiresAt")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

Tenant = Annotated[str, typer.Argument(help="Name or UUID of the tenant.")]
OfTenant = Annotated[str, typer.Option("--tenant", help="Name or UUID of a tenant; by default of all.")]
Grants = Annotated[
    list[str] | None,
    typer.Option(
        "--grant", help="Scope, such as events:write, or the role read-only; may be repeated. By default all scopes."
    ),
]
Revoked = Annotated[bool, typer.Option("--revoked", help="Show revoked ones too.")]
ExpiresAt = Annotated[str, typer.Option(help="Time of expiry, RFC 3339; by default never.")]
Number = Annotated[str, typer.Argument(help="Number of the credential, the column `id` of a list.")]
PasswordStdin = Annotated[
    bool,
    typer.Option(
        "--password-stdin", help="Read the password from standard input; by default one is generated and shown."
    ),
]


@clients.command("create")
def create_client(
    context: typer.Context,
    tenant: Tenant,
    *,
    grant: Grants = None,
    retailer: Annotated[str, typer.Option(help="Retailer that it belongs to; by default the whole account.")] = "",
) -> None:
    """Create an OAuth client. Its secret is shown this once."""
    session = session_of(context)
    request = tenants_pb2.CreateClientRequest(tenant_id=tenant, grants=grant or [], retailer_id=retailer)
    session.printer.one(session.call(TenantServiceStub, "CreateClient", request))


@keys.command("create")
def create_key(
    context: typer.Context,
    tenant: Tenant,
    *,
    store: Annotated[str, typer.Option(help="Store of the key (document 004).")] = "",
    grant: Grants = None,
    expires_at: ExpiresAt = "",
) -> None:
    """Create an API key. `name` is the key, or the store; `secret` its secret."""
    session = session_of(context)
    request = pb.CreateKeyRequest(tenant_id=tenant, store_id=store, grants=grant or [], expires_at=expires_at)
    session.printer.one(session.call(CredentialServiceStub, "CreateKey", request))


@users.command("create")
def create_user(
    context: typer.Context,
    tenant: Tenant,
    username: Annotated[str, typer.Argument(help="Name to log in with.")],
    *,
    retailer: Annotated[str, typer.Option(help="Retailer that the user belongs to (document 001).")] = "",
    store: Annotated[str, typer.Option(help="Store that the user belongs to (document 004).")] = "",
    grant: Grants = None,
    expires_at: ExpiresAt = "",
    password_stdin: PasswordStdin = False,
) -> None:
    """Create a user."""
    session = session_of(context)
    request = pb.CreateUserRequest(
        tenant_id=tenant,
        username=username,
        password=read_secret("Password") if password_stdin else "",
        grants=grant or [],
        retailer_id=retailer,
        store_id=store,
        expires_at=expires_at,
    )
    session.printer.one(session.call(CredentialServiceStub, "CreateUser", request))


@operators.command("create")
def create_operator(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name in the audit trail.")],
    *,
    expires_at: ExpiresAt = "",
) -> None:
    """Create an operator. The secret is the whole token: put it into TIDINGS_OPERATOR_TOKEN."""
    session = session_of(context)
    request = pb.CreateOperatorRequest(name=name, expires_at=expires_at)
    session.printer.one(session.call(CredentialServiceStub, "CreateOperator", request))


@clients.command("list")
def list_clients(context: typer.Context, *, tenant: OfTenant = "", revoked: Revoked = False) -> None:
    """List OAuth clients."""
    _list(session_of(context), "clients", tenant, is_revoked_too=revoked)


@keys.command("list")
def list_keys(context: typer.Context, *, tenant: OfTenant = "", revoked: Revoked = False) -> None:
    """List API keys."""
    _list(session_of(context), "keys", tenant, is_revoked_too=revoked)


@users.command("list")
def list_users(context: typer.Context, *, tenant: OfTenant = "", revoked: Revoked = False) -> None:
    """List users."""
    _list(session_of(context), "users", tenant, is_revoked_too=revoked)


@operators.command("list")
def list_operators(context: typer.Context, *, revoked: Revoked = False) -> None:
    """List operators."""
    _list(session_of(context), "operators", "", is_revoked_too=revoked)


@credentials.command("show")
def show(context: typer.Context, number: Number) -> None:
    """Show a credential, never its secret."""
    session = session_of(context)
    session.printer.one(session.call(CredentialServiceStub, "GetCredential", pb.GetCredentialRequest(id=number)))


@credentials.command("rotate")
def rotate(
    context: typer.Context,
    number: Number,
    *,
    overlap: Annotated[
        str,
        typer.Option(help="How long the previous secret stays valid: 0s, 30m, 24h, 7d; a password expires at once."),
    ] = "24h",
    password_stdin: PasswordStdin = False,
) -> None:
    """Give a credential a new secret, which is shown this once."""
    session = session_of(context)
    request = pb.RotateCredentialRequest(
        id=number, overlap=_duration(overlap), password=read_secret("Password") if password_stdin else ""
    )
    session.printer.one(session.call(CredentialServiceStub, "RotateCredential", request))


@credentials.command("revoke")
def revoke(context: typer.Context, number: Number, *, yes: Yes = False) -> None:
    """Revoke a credential for ever, and every token that was issued for it."""
    confirm(f"Revoke the credential {number} for ever?", yes=yes)
    session = session_of(context)
    request = pb.RevokeCredentialRequest(id=number)
    session.printer.one(session.call(CredentialServiceStub, "RevokeCredential", request))


def token(
    context: typer.Context,
    client_id: Annotated[str, typer.Argument(help="Id of an OAuth client.")],
    *,
    scope: Annotated[str, typer.Option(help="Scopes, separated by blanks; by default all.")] = "",
    username: Annotated[str, typer.Option(help="User to log in; then the second line of input is the password.")] = "",
) -> None:
    """Get an access token; the client's secret is read from standard input.

    TOKEN=$(echo $SECRET | tidings token $CLIENT)
    """
    session = session_of(context)
    request = IssueTokenRequest(
        grant_type="password" if username else "client_credentials",
        client_id=client_id,
        client_secret=read_secret("Secret of the client"),
        username=username,
        password=read_secret(f"Password of {username}") if username else "",
        scope=scope,
    )
    issued = session.call(TokenServiceStub, "IssueToken", request)
    session.printer.raw(issued.access_token, issued)


def _list(session: Session, family: str, tenant: str, *, is_revoked_too: bool) -> None:
    request = pb.ListCredentialsRequest(tenant_id=tenant, family=family, revoked=is_revoked_too)
    session.printer.many(session.pages(CredentialServiceStub, "ListCredentials", request, "credentials"), COLUMNS)


def _duration(text: str) -> Duration:
    match = re.fullmatch(r"(\d{1,7})([smhd])", text)
    if match is None:
        raise typer.BadParameter("must be a number and s, m, h or d, such as 24h", param_hint="--overlap")
    duration = Duration()
    duration.FromTimedelta(timedelta(**{UNITS[match[2]]: int(match[1])}))
    return duration
