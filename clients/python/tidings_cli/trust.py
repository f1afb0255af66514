"""`tidings issuer`, `signing-key`, `data-key`, `master-key`, `audit`."""

from typing import Annotated

import typer

from tidings.admin.v1 import audit_pb2, issuers_pb2, server_keys_pb2
from tidings.admin.v1.audit_pb2_grpc import AuditServiceStub
from tidings.admin.v1.issuers_pb2_grpc import IssuerServiceStub
from tidings.admin.v1.server_keys_pb2_grpc import ServerKeyServiceStub
from tidings_cli.context import Yes, confirm, session_of

issuers = typer.Typer(no_args_is_help=True, help="Identity providers whose tokens a tenant's callers may use.")
signing_keys = typer.Typer(no_args_is_help=True, help="Keys that sign access tokens; public at /.well-known/jwks.json.")
data_keys = typer.Typer(no_args_is_help=True, help="Keys that encrypt stored secrets.")
master_key = typer.Typer(no_args_is_help=True, help="The key that encrypts the data keys.")


@issuers.command("create")
def create_issuer(
    context: typer.Context,
    tenant: Annotated[str, typer.Argument(help="Name or UUID of the tenant.")],
    *,
    issuer: Annotated[str, typer.Option(help="Value of `iss` in its tokens.")],
    audience: Annotated[str, typer.Option(help="Required value of `aud` in its tokens.")],
    jwks_url: Annotated[str, typer.Option(help="URL of its public keys.")],
    grant: Annotated[
        list[str] | None,
        typer.Option("--grant", help="Scope that its tokens may have, or the role read-only; may be repeated."),
    ] = None,
    retailer_claim: Annotated[str, typer.Option(help="Claim that names the caller's retailer.")] = "",
) -> None:
    """Trust an issuer's tokens for one tenant."""
    session = session_of(context)
    request = issuers_pb2.CreateIssuerRequest(
        tenant_id=tenant,
        issuer=issuer,
        audience=audience,
        jwks_url=jwks_url,
        grants=grant or [],
        retailer_claim=retailer_claim,
    )
    session.printer.one(session.call(IssuerServiceStub, "CreateIssuer", request))


@issuers.command("list")
def list_issuers(
    context: typer.Context, *, tenant: Annotated[str, typer.Option(help="Name or UUID; by default all.")] = ""
) -> None:
    """List issuers."""
    session = session_of(context)
    request = issuers_pb2.ListIssuersRequest(tenant_id=tenant)
    found = session.whole(IssuerServiceStub, "ListIssuers", request, "issuers")
    session.printer.many(found, ("id", "tenantId", "issuer", "audience", "jwksUrl"))


@issuers.command("delete")
def delete_issuer(
    context: typer.Context, issuer: Annotated[str, typer.Argument(help="UUID of the issuer.")], *, yes: Yes = False
) -> None:
    """Stop trusting an issuer."""
    confirm(f"Refuse all tokens of the issuer {issuer}?", yes=yes)
    session = session_of(context)
    session.call(IssuerServiceStub, "DeleteIssuer", issuers_pb2.DeleteIssuerRequest(id=issuer))
    session.printer.done("The issuer is no longer trusted.")


@signing_keys.command("list")
def list_signing_keys(context: typer.Context) -> None:
    """List signing keys, the newest first."""
    session = session_of(context)
    response = session.call(ServerKeyServiceStub, "ListSigningKeys", server_keys_pb2.ListSigningKeysRequest())
    session.printer.many(response.keys, ("id", "createdAt", "state"))


@signing_keys.command("rotate")
def rotate_signing_key(context: typer.Context) -> None:
    """Create a new signing key: published at once, signing in 5 minutes. Tokens stay valid."""
    session = session_of(context)
    request = server_keys_pb2.RotateSigningKeyRequest()
    session.printer.one(session.call(ServerKeyServiceStub, "RotateSigningKey", request))


@signing_keys.command("revoke")
def revoke_signing_key(
    context: typer.Context, key: Annotated[str, typer.Argument(help="Id of the key.")], *, yes: Yes = False
) -> None:
    """Revoke a compromised signing key: every token that it signed is refused within 5 s."""
    confirm(f"Revoke the signing key {key}, and every token that it signed?", yes=yes)
    session = session_of(context)
    session.call(ServerKeyServiceStub, "RevokeSigningKey", server_keys_pb2.RevokeSigningKeyRequest(id=key))
    session.printer.done(f"Signing key {key} is revoked.")


@data_keys.command("list")
def list_data_keys(context: typer.Context) -> None:
    """List data keys, the newest first."""
    session = session_of(context)
    response = session.call(ServerKeyServiceStub, "ListDataKeys", server_keys_pb2.ListDataKeysRequest())
    session.printer.many(response.keys, ("number", "createdAt", "state", "master"))


@data_keys.command("rotate")
def rotate_data_key(context: typer.Context) -> None:
    """Create a new data key, which encrypts what is stored from then on."""
    session = session_of(context)
    session.printer.one(session.call(ServerKeyServiceStub, "RotateDataKey", server_keys_pb2.RotateDataKeyRequest()))


@master_key.command("rotate")
def rotate_master_key(context: typer.Context) -> None:
    """Create a new master key, where it is a file of the server: without downtime or encrypting data again."""
    session = session_of(context)
    request = server_keys_pb2.RotateMasterKeyRequest()
    session.printer.one(session.call(ServerKeyServiceStub, "RotateMasterKey", request))


def audit(
    context: typer.Context,
    *,
    tenant: Annotated[str, typer.Option(help="Tenant whose callers acted; by default the operators.")] = "",
    resource: Annotated[str, typer.Option(help="Id or name of the changed resource.")] = "",
    since: Annotated[str, typer.Option(help="Earliest instant, RFC 3339.")] = "",
    until: Annotated[str, typer.Option(help="Latest instant, RFC 3339.")] = "",
) -> None:
    """Show the audit trail: changes of configuration with their actor, time and origin."""
    session = session_of(context)
    request = audit_pb2.ListAuditRecordsRequest(tenant_id=tenant, resource=resource, from_time=since, to_time=until)
    records = session.pages(AuditServiceStub, "ListAuditRecords", request, "records")
    session.printer.many(records, ("at", "actor", "action", "resource", "forTenant", "fields", "peer"))
