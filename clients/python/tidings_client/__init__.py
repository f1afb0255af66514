"""A typed asyncio client of Tidings.

    async with Tidings("localhost:50051", tenant="demo", credentials=ClientCredentials("id", "secret")) as tidings:
        stored = await tidings.events.create(event)
        async for watched in tidings.events.watch(after=position):
            ...

Messages are the generated ones of `tidings.*`; this package adds credentials, deadlines, safe retries, typed errors,
and streams that resume.
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
from tidings_client.push import PushSubscriptions
from tidings_client.session import Session
from tidings_client.tokens import ClientCredentials

__all__ = [
    "Aborted",
    "AlreadyExists",
    "ClientCredentials",
    "DeadlineExceeded",
    "Deliveries",
    "EventSubscriptions",
    "Events",
    "Internal",
    "InvalidInput",
    "LimitExceeded",
    "NotFound",
    "PermissionDenied",
    "PushSubscriptions",
    "Session",
    "Tidings",
    "TidingsError",
    "Unauthenticated",
    "Unavailable",
    "Violation",
    "WrongState",
]
