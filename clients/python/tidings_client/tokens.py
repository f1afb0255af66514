"""Credentials, and access tokens: issued when first needed, renewed before they expire, shared by a client's calls."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from tidings.identity.v1.tokens_pb2 import IssueTokenRequest, Token

Headers = tuple[tuple[str, str], ...]

# The part of a token's life after which it is renewed.
RENEWED_AFTER = 0.8


class Credentials(Protocol):
    """Credentials of a client: a request for access tokens, or headers that it sends with every call."""

    def request(self) -> IssueTokenRequest | None:
        """The request for a token; None where there is nothing to exchange."""

    def headers(self) -> Headers:
        """Headers of every call, beside the token's."""


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """An OAuth client of a tenant. `scope`: scopes separated by blanks; empty: all that the client has."""

    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""

    def request(self) -> IssueTokenRequest:
        """The request for a token."""
        return IssueTokenRequest(
            grant_type="client_credentials",
            client_id=self.client_id,
            client_secret=self.client_secret,
            scope=self.scope,
        )

    def headers(self) -> Headers:
        """None."""
        return ()


@dataclass(frozen=True, slots=True)
class UserPassword:
    """A user of a tenant or of one of its retailers, who logs in through an OAuth client; for the Orchestration API."""

    username: str
    password: str = field(repr=False)
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""

    def request(self) -> IssueTokenRequest:
        """The request for a token."""
        return IssueTokenRequest(
            grant_type="password",
            username=self.username,
            password=self.password,
            client_id=self.client_id,
            client_secret=self.client_secret,
            scope=self.scope,
        )

    def headers(self) -> Headers:
        """None."""
        return ()


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key of the Loyalty API. `tenant_id`: the tenant's UUID."""

    tenant_id: str
    api_key: str
    api_secret: str = field(repr=False)

    def request(self) -> None:
        """None: the key itself is sent."""

    def headers(self) -> Headers:
        """The key with its tenant."""
        return (("x-tenant-id", self.tenant_id), ("x-api-key", self.api_key), ("x-api-secret", self.api_secret))


@dataclass(frozen=True, slots=True)
class StoreKey:
    """An API key of one store, for the Scheduling API. `store`: the store's number."""

    store: str
    api_key: str = field(repr=False)

    def request(self) -> None:
        """None: the key itself is sent."""

    def headers(self) -> Headers:
        """The key with its store."""
        return (("store", self.store), ("api_key", self.api_key))


@dataclass(frozen=True, slots=True)
class BearerToken:
    """A token that somebody else issued: an operator's, for the Admin API, or one of a federated issuer."""

    token: str = field(repr=False)

    def request(self) -> None:
        """None: the token is there."""

    def headers(self) -> Headers:
        """The token."""
        return (("authorization", f"Bearer {self.token}"),)


@dataclass(frozen=True, slots=True)
class Anonymous:
    """No credentials: for what is public, such as the server's version."""

    def request(self) -> None:
        """None."""

    def headers(self) -> Headers:
        """None."""
        return ()


class Tokens:
    """The current token of one set of credentials; concurrent callers share one request for it.

    Credentials that are sent as they are have no token: it is the empty text, and never renewed.
    """

    def __init__(
        self,
        credentials: Credentials,
        issue: Callable[[IssueTokenRequest], Awaitable[Token]],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._request = credentials.request()
        self._issue = issue
        self._monotonic = monotonic
        self._lock = asyncio.Lock()
        self._token = ""
        self._renew_at = 0.0

    @property
    def is_renewable(self) -> bool:
        """Whether there are tokens to renew."""
        return self._request is not None

    async def current(self) -> str:
        """A token that is not about to expire. Raises the identity service's errors, such as Unauthenticated."""
        if self._request is None or (self._token and self._monotonic() < self._renew_at):
            return self._token
        return await self.renewed(self._token)

    async def renewed(self, stale: str) -> str:
        """A new token in place of `stale`, unless another caller has renewed it already."""
        async with self._lock:
            if self._request is not None and self._token == stale:
                issued = await self._issue(self._request)
                self._token = issued.access_token
                self._renew_at = self._monotonic() + issued.expires_in * RENEWED_AFTER
            return self._token
