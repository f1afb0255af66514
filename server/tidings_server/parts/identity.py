"""The objects of one process that say who may do what, and how much of it."""

from collections.abc import Iterator

from tidings_server.api.admin import TenantService
from tidings_server.api.admin_credentials import CredentialService
from tidings_server.api.admin_keys import IssuerService, ServerKeyService
from tidings_server.api.admin_premises import RetailerService, StoreService
from tidings_server.api.audit import AuditService
from tidings_server.api.identity import TokenService
from tidings_server.clock import Clock, Ids
from tidings_server.core.accounts import Accounts
from tidings_server.core.audit import AuditTrail
from tidings_server.core.credentials import Credentials
from tidings_server.core.data_keys import DataKeys
from tidings_server.core.foreign_tokens import ForeignTokens
from tidings_server.core.guesses import Guesses
from tidings_server.core.hashing import Passwords
from tidings_server.core.issuers import Issuers
from tidings_server.core.login import Login
from tidings_server.core.premises import Premises
from tidings_server.core.quotas import Quotas, TenantQuotas
from tidings_server.core.search import Search
from tidings_server.core.store_login import StoreLogin
from tidings_server.core.tenant_removal import TenantRemoval
from tidings_server.core.tenants import Tenants
from tidings_server.core.tokens import Tokens
from tidings_server.delivery.egress import Egress
from tidings_server.delivery.jwks import JwksFetcher
from tidings_server.parts.base import Worker
from tidings_server.settings import Settings
from tidings_server.store.engine import Database
from tidings_server.store.quotas import Quota

MIB = 1 << 20


class Identity:
    """Tenants with what they may use, callers with what they prove it by, and the keys behind both."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        *,
        tokens: Tokens,
        data_keys: DataKeys,
        quotas: Quotas,
        egress: Egress,
        clock: Clock,
        ids: Ids,
    ) -> None:
        foreign = ForeignTokens(database, JwksFetcher(egress), clock)
        guesses = Guesses(clock, per_minute=settings.failed_logins_per_minute)
        self._database, self._clock = database, clock
        self._tokens, self._data_keys, self._quotas = tokens, data_keys, quotas
        self.passwords = passwords = Passwords()
        self.credentials = Credentials(database, tokens=tokens, clock=clock, foreign=foreign, guesses=guesses)
        self.login = Login(database, tokens=tokens, passwords=passwords, clock=clock, guesses=guesses)
        self.store_login = StoreLogin(database, tokens=tokens, passwords=passwords, clock=clock)
        self.tenants = tenants = Tenants(database, clock=clock, ids=ids)
        self.accounts = Accounts(database, tenants, passwords=passwords, clock=clock, ids=ids)
        self.premises = Premises(database, tenants, clock=clock)
        self.issuers = Issuers(database, tenants, egress=egress, clock=clock, ids=ids)

    def servicers(self, search: Search) -> Iterator[object]:
        """Tokens, and the operator's part of identity."""
        yield TokenService(self.login, self._tokens.keys)
        yield TenantService(self.tenants, TenantQuotas(self._database, self.tenants))
        yield RetailerService(self.premises)
        yield StoreService(self.premises)
        yield CredentialService(self.accounts, self._clock)
        yield IssuerService(self.issuers)
        yield ServerKeyService(self._tokens.keys, self._data_keys)
        yield AuditService(AuditTrail(search, self.tenants))

    @property
    def workers(self) -> Iterator[Worker]:
        """What follows changes, and deletes tenants."""
        yield self.credentials.run
        yield self._data_keys.run
        yield self._tokens.keys.run
        yield self._quotas.run
        yield TenantRemoval(self._database, self._clock).run


def default_quota(settings: Settings) -> Quota:
    """What a tenant may use that has no quota of its own."""
    return Quota(settings.tenant_events_per_second, settings.tenant_subscriptions, settings.tenant_storage_mib * MIB)
