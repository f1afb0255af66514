"""Generated stubs over a session: the methods that a user finds in the contract, with what a session adds to a call."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import grpc
import grpc.aio

from tidings_client.session import Session

Stub = TypeVar("Stub")


def authenticated(session: Session, stub: Callable[[grpc.aio.Channel], Stub]) -> Stub:
    """The stub with each method bound to the session."""
    bound: Any = stub(session.channel)
    for name, method in list(vars(bound).items()):
        if isinstance(method, grpc.aio.UnaryUnaryMultiCallable):
            setattr(bound, name, _unary(session, name, method))
        elif isinstance(method, grpc.aio.UnaryStreamMultiCallable):
            setattr(bound, name, _stream(session, method))
        elif isinstance(method, grpc.aio.StreamStreamMultiCallable):
            setattr(bound, name, _exchange(session, method))
    return cast("Stub", bound)


def _unary(session: Session, name: str, method: grpc.aio.UnaryUnaryMultiCallable[Any, Any]) -> Any:
    async def call(request: Any, *, timeout_s: float | None = None, idempotency_key: str = "") -> Any:
        return await session.send(method, request, name=name, timeout_s=timeout_s, idempotency_key=idempotency_key)

    return call


def _stream(session: Session, method: grpc.aio.UnaryStreamMultiCallable[Any, Any]) -> Any:
    def call(request: Any) -> Any:
        return session.stream(method, request)

    return call


def _exchange(session: Session, method: grpc.aio.StreamStreamMultiCallable[Any, Any]) -> Any:
    async def call() -> Any:
        return method(metadata=session.metadata(await session.token()))

    return call
