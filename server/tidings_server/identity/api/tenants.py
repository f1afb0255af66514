"""Tenants, their quotas and their clients, for the operator."""

from tidings.admin.v1 import tenants_pb2 as pb
from tidings.admin.v1.tenants_pb2_grpc import TenantServiceServicer
from tidings_server.identity.store.quotas import Quota
from tidings_server.identity.store.tenants import Tenant
from tidings_server.identity.tenant_quotas import QuotaStatus, TenantQuotas
from tidings_server.identity.tenants import DEFAULT_PAGE, Tenants
from tidings_server.rpc.answer_size import fitting
from tidings_server.rpc.field_rules import require_body
from tidings_server.rpc.metadata import Context, scope_of, set_rest_response


class TenantService(TenantServiceServicer):
    """Tenants, their quotas and clients."""

    def __init__(self, tenants: Tenants, quotas: TenantQuotas) -> None:
        self._tenants = tenants
        self._quotas = quotas

    async def CreateTenant(self, request: pb.CreateTenantRequest, context: Context) -> pb.Tenant:
        made = await self._tenants.create(request.name, tenant_id=scope_of(context).reserved_id)
        set_rest_response(context, location=f"/admin/v1/tenants/{made.id}")
        return _message(made)

    async def ListTenants(self, request: pb.ListTenantsRequest, context: Context) -> pb.ListTenantsResponse:
        size = request.page_size or DEFAULT_PAGE
        found = await self._tenants.page(after=request.after, page_size=size)
        page = fitting(map(_message, found[:size]))
        more = found[len(page) - 1].number if len(found) > len(page) else None
        return pb.ListTenantsResponse(tenants=page, next=more)

    async def GetTenant(self, request: pb.GetTenantRequest, context: Context) -> pb.Tenant:
        return _message(await self._tenants.get(request.id))

    async def SuspendTenant(self, request: pb.SuspendTenantRequest, context: Context) -> pb.Tenant:
        return _message(await self._tenants.suspend(request.id))

    async def ResumeTenant(self, request: pb.ResumeTenantRequest, context: Context) -> pb.Tenant:
        return _message(await self._tenants.resume(request.id))

    async def DeleteTenant(self, request: pb.DeleteTenantRequest, context: Context) -> pb.Tenant:
        leaving = await self._tenants.delete(request.id)
        return _message(leaving)

    async def GetQuotas(self, request: pb.GetQuotasRequest, context: Context) -> pb.Quotas:
        return _quotas(await self._quotas.get(request.id))

    async def UpdateQuotas(self, request: pb.UpdateQuotasRequest, context: Context) -> pb.Quotas:
        require_body(request, "quotas")
        quotas = request.quotas
        values = {field.name: value for field, value in quotas.ListFields() if field.name in Quota._fields}
        return _quotas(await self._quotas.put(request.id, Quota(**values)))

    async def CreateClient(self, request: pb.CreateClientRequest, context: Context) -> pb.Client:
        made = await self._tenants.create_client(
            request.tenant_id,
            grants=request.grants,
            retailer_id=request.retailer_id,
            client_id=scope_of(context).reserved_id,
        )
        set_rest_response(context, location=f"/admin/v1/credentials/{made.key}")
        return pb.Client(
            id=str(made.key),
            client_id=made.client_id,
            client_secret=made.client_secret,
            tenant_id=made.tenant.id,
            grants=made.grants,
            retailer_id=made.retailer_id,
        )


def _message(tenant: Tenant) -> pb.Tenant:
    return pb.Tenant(id=tenant.id, name=tenant.name, number=tenant.number, state=tenant.state)


def _quotas(status: QuotaStatus) -> pb.Quotas:
    used = pb.Usage(events=status.used.events, storage_bytes=status.used.bytes, subscriptions=status.subscriptions)
    return pb.Quotas(**status.quota._asdict(), used=used)
