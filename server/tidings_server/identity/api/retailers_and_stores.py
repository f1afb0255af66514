"""Retailers and stores of tenants, for the operator."""

from tidings.admin.v1 import retailers_pb2, stores_pb2
from tidings.admin.v1.retailers_pb2_grpc import RetailerServiceServicer
from tidings.admin.v1.stores_pb2_grpc import StoreServiceServicer
from tidings_server.identity.retailers_and_stores import RetailersAndStores
from tidings_server.identity.store.retailers_and_stores import Retailer, Store
from tidings_server.identity.store.tenants import Tenant
from tidings_server.identity.tenants import DEFAULT_PAGE
from tidings_server.rpc.answer_size import fitting
from tidings_server.rpc.metadata import Context


class RetailerService(RetailerServiceServicer):
    """The retailers of a tenant."""

    def __init__(self, retailers_and_stores: RetailersAndStores) -> None:
        self._retailers_and_stores = retailers_and_stores

    async def CreateRetailer(
        self, request: retailers_pb2.CreateRetailerRequest, context: Context
    ) -> retailers_pb2.Retailer:
        owner, made = await self._retailers_and_stores.create_retailer(request.tenant_id, request.id, name=request.name)
        return _retailer(owner, made)

    async def ListRetailers(
        self, request: retailers_pb2.ListRetailersRequest, context: Context
    ) -> retailers_pb2.ListRetailersResponse:
        owner, found = await self._retailers_and_stores.retailers(
            request.tenant_id, after=request.after, page_size=request.page_size
        )
        size = request.page_size or DEFAULT_PAGE
        page = fitting(_retailer(owner, each) for each in found[:size])
        more = found[len(page) - 1].id if len(found) > len(page) else None
        return retailers_pb2.ListRetailersResponse(retailers=page, next=more)

    async def DeleteRetailer(
        self, request: retailers_pb2.DeleteRetailerRequest, context: Context
    ) -> retailers_pb2.DeleteRetailerResponse:
        await self._retailers_and_stores.delete_retailer(request.tenant_id, request.id)
        return retailers_pb2.DeleteRetailerResponse()


class StoreService(StoreServiceServicer):
    """The stores of a tenant."""

    def __init__(self, retailers_and_stores: RetailersAndStores) -> None:
        self._retailers_and_stores = retailers_and_stores

    async def CreateStore(self, request: stores_pb2.CreateStoreRequest, context: Context) -> stores_pb2.Store:
        owner, made = await self._retailers_and_stores.create_store(request.tenant_id, request.id, name=request.name)
        return _store(owner, made)

    async def ListStores(
        self, request: stores_pb2.ListStoresRequest, context: Context
    ) -> stores_pb2.ListStoresResponse:
        owner, found = await self._retailers_and_stores.stores(
            request.tenant_id, after=request.after, page_size=request.page_size
        )
        size = request.page_size or DEFAULT_PAGE
        page = fitting(_store(owner, each) for each in found[:size])
        more = str(found[len(page) - 1].id) if len(found) > len(page) else None
        return stores_pb2.ListStoresResponse(stores=page, next=more)

    async def DeleteStore(
        self, request: stores_pb2.DeleteStoreRequest, context: Context
    ) -> stores_pb2.DeleteStoreResponse:
        await self._retailers_and_stores.delete_store(request.id)
        return stores_pb2.DeleteStoreResponse()


def _retailer(owner: Tenant, retailer: Retailer) -> retailers_pb2.Retailer:
    return retailers_pb2.Retailer(tenant_id=owner.id, id=retailer.id, name=retailer.name)


def _store(owner: Tenant, store: Store) -> stores_pb2.Store:
    return stores_pb2.Store(tenant_id=owner.id, id=str(store.id), name=store.name)
