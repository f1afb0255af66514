"""`tidings tenant`, `tidings retailer`, `tidings store`."""

import time
from typing import Annotated

import typer

from tidings.admin.v1 import retailers_pb2, stores_pb2, tenants_pb2
from tidings.admin.v1.retailers_pb2_grpc import RetailerServiceStub
from tidings.admin.v1.stores_pb2_grpc import StoreServiceStub
from tidings.admin.v1.tenants_pb2_grpc import TenantServiceStub
from tidings_cli.context import Session, Yes, confirm, session_of
from tidings_cli.failures import CommandFailed

tenants = typer.Typer(no_args_is_help=True, help="Create, suspend and delete tenants, and set their quotas.")
retailers = typer.Typer(no_args_is_help=True, help="Parts of a tenant that users of document 001 are restricted to.")
stores = typer.Typer(no_args_is_help=True, help="Stores, which callers of document 004 name in the header `store`.")

POLL_S = 0.5

Tenant = Annotated[str, typer.Argument(help="Name or UUID of the tenant.")]
Name = Annotated[str, typer.Option(help="Display name; by default the id.")]


@tenants.command("create")
def create_tenant(context: typer.Context, name: Annotated[str, typer.Argument(help="Unique name.")]) -> None:
    """Create a tenant. It has no credentials yet: see `tidings client create` and `tidings key create`."""
    session = session_of(context)
    session.printer.one(session.call(TenantServiceStub, "CreateTenant", tenants_pb2.CreateTenantRequest(name=name)))


@tenants.command("list")
def list_tenants(context: typer.Context) -> None:
    """List all tenants."""
    session = session_of(context)
    found = session.pages(TenantServiceStub, "ListTenants", tenants_pb2.ListTenantsRequest(), "tenants")
    session.printer.many(found, ("number", "name", "id", "state"))


@tenants.command("show")
def show_tenant(context: typer.Context, tenant: Tenant) -> None:
    """Show one tenant."""
    session = session_of(context)
    session.printer.one(session.call(TenantServiceStub, "GetTenant", tenants_pb2.GetTenantRequest(id=tenant)))


@tenants.command("suspend")
def suspend_tenant(context: typer.Context, tenant: Tenant) -> None:
    """Suspend a tenant: all its credentials are refused within 5 s. Undone by `resume`."""
    session = session_of(context)
    session.printer.one(session.call(TenantServiceStub, "SuspendTenant", tenants_pb2.SuspendTenantRequest(id=tenant)))


@tenants.command("resume")
def resume_tenant(context: typer.Context, tenant: Tenant) -> None:
    """Resume a suspended tenant."""
    session = session_of(context)
    session.printer.one(session.call(TenantServiceStub, "ResumeTenant", tenants_pb2.ResumeTenantRequest(id=tenant)))


@tenants.command("delete")
def delete_tenant(
    context: typer.Context,
    tenant: Tenant,
    *,
    yes: Yes = False,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until its data is gone.")] = False,
) -> None:
    """Delete a tenant with all its data: events, subscriptions, deliveries, credentials. Cannot be undone."""
    confirm(f"Delete the tenant {tenant} and all its data?", yes=yes)
    session = session_of(context)
    deleted = session.call(TenantServiceStub, "DeleteTenant", tenants_pb2.DeleteTenantRequest(id=tenant))
    while wait and _is_there(session, deleted.id):
        session.printer.progress("Deleting …")
        time.sleep(POLL_S)
    session.printer.end_progress()
    session.printer.one(deleted)


@tenants.command("quotas")
def show_quotas(context: typer.Context, tenant: Tenant) -> None:
    """Show a tenant's quotas and usage. A quota that is not shown has the server's default."""
    session = session_of(context)
    session.printer.one(session.call(TenantServiceStub, "GetQuotas", tenants_pb2.GetQuotasRequest(id=tenant)))


@tenants.command("set-quotas")
def set_quotas(
    context: typer.Context,
    tenant: Tenant,
    *,
    events_per_second: Annotated[int | None, typer.Option(min=0, help="Events a second; 0: no limit.")] = None,
    subscriptions: Annotated[int | None, typer.Option(min=0, help="Subscriptions; 0: no limit.")] = None,
    storage_bytes: Annotated[int | None, typer.Option(min=0, help="Bytes of all events; 0: no limit.")] = None,
) -> None:
    """Replace a tenant's quotas; a quota that is left out gets the server's default."""
    session = session_of(context)
    quotas = tenants_pb2.Quotas(
        events_per_second=events_per_second, subscriptions=subscriptions, storage_bytes=storage_bytes
    )
    request = tenants_pb2.UpdateQuotasRequest(id=tenant, quotas=quotas)
    session.printer.one(session.call(TenantServiceStub, "UpdateQuotas", request))


@retailers.command("create")
def create_retailer(
    context: typer.Context,
    tenant: Tenant,
    retailer: Annotated[str, typer.Argument(help="Id, unique in the tenant; the documents use numbers.")],
    *,
    name: Name = "",
) -> None:
    """Create a retailer of a tenant."""
    session = session_of(context)
    request = retailers_pb2.CreateRetailerRequest(tenant_id=tenant, id=retailer, name=name)
    session.printer.one(session.call(RetailerServiceStub, "CreateRetailer", request))


@retailers.command("list")
def list_retailers(context: typer.Context, tenant: Tenant) -> None:
    """List a tenant's retailers."""
    session = session_of(context)
    request = retailers_pb2.ListRetailersRequest(tenant_id=tenant)
    found = session.pages(RetailerServiceStub, "ListRetailers", request, "retailers")
    session.printer.many(found, ("id", "name"))


@retailers.command("delete")
def delete_retailer(
    context: typer.Context,
    tenant: Tenant,
    retailer: Annotated[str, typer.Argument(help="Id of the retailer.")],
    *,
    yes: Yes = False,
) -> None:
    """Delete a retailer and revoke its credentials; its events stay."""
    confirm(f"Delete the retailer {retailer} and revoke its credentials?", yes=yes)
    session = session_of(context)
    request = retailers_pb2.DeleteRetailerRequest(tenant_id=tenant, id=retailer)
    session.call(RetailerServiceStub, "DeleteRetailer", request)
    session.printer.done(f"Retailer {retailer} is gone.")


@stores.command("create")
def create_store(
    context: typer.Context,
    tenant: Tenant,
    store: Annotated[str, typer.Argument(help="Id, a decimal integer; by default the next free one.")] = "",
    *,
    name: Name = "",
) -> None:
    """Create a store of a tenant."""
    session = session_of(context)
    request = stores_pb2.CreateStoreRequest(tenant_id=tenant, id=store, name=name)
    session.printer.one(session.call(StoreServiceStub, "CreateStore", request))


@stores.command("list")
def list_stores(context: typer.Context, tenant: Tenant) -> None:
    """List a tenant's stores."""
    session = session_of(context)
    request = stores_pb2.ListStoresRequest(tenant_id=tenant)
    session.printer.many(session.pages(StoreServiceStub, "ListStores", request, "stores"), ("id", "name"))


@stores.command("delete")
def delete_store(
    context: typer.Context, store: Annotated[str, typer.Argument(help="Id of the store.")], *, yes: Yes = False
) -> None:
    """Delete a store and revoke its credentials; its events stay."""
    confirm(f"Delete the store {store} and revoke its credentials?", yes=yes)
    session = session_of(context)
    session.call(StoreServiceStub, "DeleteStore", stores_pb2.DeleteStoreRequest(id=store))
    session.printer.done(f"Store {store} is gone.")


def _is_there(session: Session, tenant: str) -> bool:
    try:
        session.call(TenantServiceStub, "GetTenant", tenants_pb2.GetTenantRequest(id=tenant))
    except CommandFailed as failure:
        if failure.reason != "NOT_FOUND":
            raise
        return False
    return True
