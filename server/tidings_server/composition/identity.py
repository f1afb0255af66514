"""Wiring of identity: tenants, credentials, tokens, quotas, and their services."""

from collections.abc import Iterator, Mapping

from tidings_server.composition.base import Worker
from tidings_server.composition.portal_page import portal_page
from tidings_server.composition.public_base import PublicBase
from tidings_server.delivery.egress import Egress
from tidings_server.delivery.http.jwks import JwksFetcher
from tidings_server.identity.api.audit import AuditService
from tidings_server.identity.api.credentials import CredentialService
from tidings_server.identity.api.keys import IssuerService, ServerKeyService
from tidings_server.identity.api.portal import PortalLinkService, PortalService
from tidings_server.identity.api.retailers_and_stores import RetailerService, StoreService
from tidings_server.identity.api.tenants import TenantService
from tidings_server.identity.api.tokens import TokenService
from tidings_server.identity.audit import AuditTrail
from tidings_server.identity.authentication import CredentialVerifier
from tidings_server.identity.credentials import CredentialAdmin
from tidings_server.identity.data_keys import DataKeys
from tidings_server.identity.federated_tokens import FederatedTokens
from tidings_server.identity.issuers import Issuers
from tidings_server.identity.login import Login
from tidings_server.identity.login_throttle import LoginThrottle
from tidings_server.identity.portal_links import PortalLinks
from tidings_server.identity.quotas import Quotas
from tidings_server.identity.retailers_and_stores import RetailersAndStores
from tidings_server.identity.secret_hashing import Passwords
from tidings_server.identity.shared_counts import SharedCounts
from tidings_server.identity.store.quotas import Quota
from tidings_server.identity.store_login import StoreLogin
from tidings_server.identity.tenant_deletion import TenantDeletion
from tidings_server.identity.tenant_quotas import TenantQuotas
from tidings_server.identity.tenants import Tenants
from tidings_server.identity.tokens import Tokens
from tidings_server.log.search import Search
from tidings_server.platform.clock import Clock, Ids
from tidings_server.settings import Settings
from tidings_server.storage.database import Database

MIB = 1 << 20


class Identity:
    """Objects of identity in one process."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        *,
        tokens: Tokens,
        data_keys: DataKeys,
        quotas: Quotas,
        shared_counts: SharedCounts,
        egress: Egress,
        public_base: PublicBase,
        clock: Clock,
        ids: Ids,
    ) -> None:
        federated = FederatedTokens(database, JwksFetcher(egress), clock)
        throttle = LoginThrottle(clock, per_minute=settings.failed_logins_per_minute, shared=shared_counts)
        self._database, self._clock, self._shared_counts = database, clock, shared_counts
        self._tokens, self._data_keys, self._quotas = tokens, data_keys, quotas
        self.passwords = passwords = Passwords()
        self.credentials = CredentialVerifier(
            database, tokens=tokens, clock=clock, federated=federated, throttle=throttle
        )
        self.login = Login(database, tokens=tokens, passwords=passwords, clock=clock, throttle=throttle)
        self.store_login = StoreLogin(database, tokens=tokens, passwords=passwords, clock=clock, throttle=throttle)
        self.tenants = tenants = Tenants(database, clock=clock, ids=ids)
        self.accounts = CredentialAdmin(database, tenants, passwords=passwords, clock=clock, ids=ids)
        self.retailers_and_stores = RetailersAndStores(database, tenants, clock=clock)
        self._public_base = public_base
        self.portal_links = PortalLinks(database, tenants, tokens=tokens, throttle=throttle, clock=clock, ids=ids)
        self.issuers = Issuers(database, tenants, egress=egress, clock=clock, ids=ids)

    def servicers(self, search: Search) -> Iterator[object]:
        """Services of tokens, and of identity for the operator."""
        yield TokenService(self.login, self._tokens.keys)
        yield TenantService(self.tenants, TenantQuotas(self._database, self.tenants))
        yield RetailerService(self.retailers_and_stores)
        yield StoreService(self.retailers_and_stores)
        yield CredentialService(self.accounts, self._clock)
        yield IssuerService(self.issuers)
        yield ServerKeyService(self._tokens.keys, self._data_keys)
        yield PortalLinkService(self.portal_links, self._public_base.url)
        yield PortalService(self.portal_links, portal_page())
        yield AuditService(AuditTrail(search, self.tenants))

    @property
    def workers(self) -> Mapping[str, Worker]:
        """Loops that follow changes, and delete tenants, by their names."""
        return {
            "credentials": self.credentials.run,
            "data_keys": self._data_keys.run,
            "signing_keys": self._tokens.keys.run,
            "quotas": self._quotas.run,
            "shared_counts": self._shared_counts.run,
            "tenant_deletion": TenantDeletion(self._database, self._clock).run,
        }


def default_quota(settings: Settings) -> Quota:
    """Quota of tenants that have none of their own."""
    return Quota(settings.tenant_events_per_second, settings.tenant_subscriptions, settings.tenant_storage_mib * MIB)
