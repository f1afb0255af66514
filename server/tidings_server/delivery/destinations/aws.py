"""AWS clients of the tenants: explicit credentials only, one shared loader, a bounded thread pool.

The operator's own credentials, profiles and configuration files are never read: a session made here knows no files.
The endpoint that the operator sets is trusted; any other, AWS's own included, is dialled through the egress guard.
"""

import os
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Any, Literal

import boto3.session
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from tidings_server.delivery.destinations.aws_http import Exchange, GuardedHttp
from tidings_server.delivery.egress import Egress
from tidings_server.delivery.message import DestinationSettings
from tidings_server.platform.clock import Clock
from tidings_server.platform.pool_slots import SharedThreads
from tidings_server.platform.turns import owner

CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 20.0
CALL_TIMEOUT_S = 45.0
"""Deadline of one call, waiting for a thread included."""

NO_FILES = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}

EVERYWHERE = "0.0.0.0/0, ::/0"

AwsAnswer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AwsAccount:
    """A service in a region, the tenant's credentials for it, and the endpoint if it is not AWS's own."""

    service: Literal["sqs", "sns"]
    region: str
    access_key: str
    access_secret: str = field(repr=False)
    endpoint_url: str | None = None

    @classmethod
    def of(
        cls, service: Literal["sqs", "sns"], settings: DestinationSettings, *, endpoint_url: str | None = None
    ) -> "AwsAccount":
        """The account of a subscription."""
        secret = next(iter(settings.secrets), "")
        return cls(service, settings.region, settings.access_key, secret, endpoint_url)


class AwsClients:
    """Makes and keeps clients, the most recently used `max_clients`, and calls them on its own threads."""

    def __init__(
        self,
        *,
        egress: Egress,
        clock: Clock,
        endpoint_url: str | None,
        max_threads: int = 32,
        max_clients: int = 128,
        call_timeout_s: float = CALL_TIMEOUT_S,
    ) -> None:
        """`endpoint_url` is the operator's (AWS_ENDPOINT_URL): all tenants' calls go there, past the guard."""
        self.clock = clock
        self._endpoint_url = endpoint_url or None
        self._max_clients = max_clients
        self._call_timeout_s = call_timeout_s
        self._session = boto3.session.Session(botocore_session=botocore.session.Session(session_vars=NO_FILES))
        guard = Egress(EVERYWHERE) if self._endpoint_url else egress
        self._http = GuardedHttp(guard, clock, connect_timeout_s=CONNECT_TIMEOUT_S, read_timeout_s=READ_TIMEOUT_S)
        self._threads = SharedThreads(max_threads, name="aws")
        self._clients: OrderedDict[AwsAccount, Any] = OrderedDict()
        self._lock = Lock()

    async def call(self, account: AwsAccount, operation: str, parameters: Mapping[str, Any]) -> AwsAnswer:
        """One call.

        Raises botocore's errors, a ClientError too for an answer that has nothing but a status, and TimeoutError when
        its time is up, which also frees its thread.
        """
        exchange = Exchange()
        work = partial(exchange.run, partial(self._call, account, operation, parameters))
        try:
            return await self._threads.run(work, owner=owner.get(), timeout_s=self._call_timeout_s)
        except ResponseParserError as error:  # such as a page of a load balancer
            if exchange.status is None:
                raise
            raise _unparsed(exchange.status, operation) from error
        finally:
            exchange.cut()

    async def close(self) -> None:
        """Drops queued calls; a running one ends within its own time-outs."""
        self._threads.close()
        self._http.close()

    def _call(self, account: AwsAccount, operation: str, parameters: Mapping[str, Any]) -> AwsAnswer:
        answer: AwsAnswer = getattr(self._client(account), operation)(**parameters)
        return answer

    def _client(self, account: AwsAccount) -> Any:
        with self._lock:  # a session makes one client at a time
            client = self._clients.pop(account, None) or self._make(account)
            self._clients[account] = client
            if len(self._clients) > self._max_clients:
                self._clients.popitem(last=False)
            return client

    def _make(self, account: AwsAccount) -> Any:
        if not account.access_key or not account.access_secret:
            raise ValueError("a tenant's destination needs the tenant's own credentials")
        client: Any = self._session.client(
            account.service,
            region_name=account.region,
            aws_access_key_id=account.access_key,
            aws_secret_access_key=account.access_secret,
            endpoint_url=self._endpoint_url or account.endpoint_url,
            config=Config(
                retries={"total_max_attempts": 1},
                connect_timeout=CONNECT_TIMEOUT_S,
                read_timeout=READ_TIMEOUT_S,
                ignore_configured_endpoint_urls=True,  # type: ignore[call-arg]  # newer than the stubs
            ),
        )
        client.meta.events.register(f"before-send.{account.service}", self._http.answer)  # which answers
        return client


def _unparsed(status: int, operation: str) -> ClientError:
    details = {"Code": str(status), "Message": "the answer cannot be read"}
    return ClientError({"Error": details, "ResponseMetadata": {"HTTPStatusCode": status}}, operation)  # type: ignore[typeddict-item]  # no more is known
