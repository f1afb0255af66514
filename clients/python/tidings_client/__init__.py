"""A typed asyncio client of Tidings.

    async with Tidings("localhost:50051", tenant="demo", credentials=ClientCredentials("id", "secret")) as tidings:
        stored = await tidings.events.create(event)
        async for watched in tidings.events.watch(after=position):
            ...

Messages and stubs are the generated ones of `tidings.*`; this package adds credentials, deadlines, safe retries, typed
errors, pages, and streams that resume. `tidings.stub(RuleServiceStub)` does so for any service of the five APIs and of
the Admin API; `Receiver` and `Verifier` are for those whom webhooks are sent to.
"""

from tidings_client.client import Tidings
from tidings_client.collector import Deliveries, Events, EventSubscriptions
from tidings_client.errors import (
    Aborted,
    AlreadyExists,
    DeadlineExceeded,
    Internal,
    InvalidInput,
    LimitExceeded,
    NotFound,
    PermissionDenied,
    TidingsError,
    Unauthenticated,
    Unavailable,
    Violation,
    WrongState,
)
from tidings_client.outbox import Published
from tidings_client.paging import pages
from tidings_client.producer import Producer, Sent
from tidings_client.push import PushSubscriptions
from tidings_client.receiver import Duplicates, Receiver, RememberedIds, asgi_app, wsgi_app
from tidings_client.session import Session
from tidings_client.tokens import Anonymous, ApiKey, BearerToken, ClientCredentials, Credentials, StoreKey, UserPassword
from tidings_client.webhooks import Notification, VerificationError, Verifier, sign

__all__ = [
    "Aborted",
    "AlreadyExists",
    "Anonymous",
    "ApiKey",
    "BearerToken",
    "ClientCredentials",
    "Credentials",
    "DeadlineExceeded",
    "Deliveries",
    "Duplicates",
    "EventSubscriptions",
    "Events",
    "Internal",
    "InvalidInput",
    "LimitExceeded",
    "NotFound",
    "Notification",
    "PermissionDenied",
    "Producer",
    "Published",
    "PushSubscriptions",
    "Receiver",
    "RememberedIds",
    "Sent",
    "Session",
    "StoreKey",
    "Tidings",
    "TidingsError",
    "Unauthenticated",
    "Unavailable",
    "UserPassword",
    "VerificationError",
    "Verifier",
    "Violation",
    "WrongState",
    "asgi_app",
    "pages",
    "sign",
    "wsgi_app",
]
