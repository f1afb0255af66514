"""A receiver of webhooks: verifies, answers pings, handles each notification once; for ASGI and WSGI servers.

Answers: 204 handled, a ping, or a duplicate; 401 not verified; 405 no POST; 409 the same one is being handled now; 413
too large; 500 the handler failed. All but 2xx are sent again later.
"""

import inspect
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from threading import Lock
from typing import Any, Final, Protocol

from tidings_client.webhooks import Headers, Notification, VerificationError, Verifier

MAX_BODY_BYTES: Final = 1 << 20
REMEMBERED: Final = 100_000
HANDLED: Final = 204
FAILED: Final = 500
_FAILED: Final = "The handler failed; the notification will be sent again."
_COROUTINE: Final = "The handler is a coroutine function: serve it by ASGI."

log = logging.getLogger(__name__)

Handler = Callable[[Notification], Awaitable[object] | object]
"""A function, or a coroutine function, of one notification. What it raises is logged, and the sender tries again."""


class Duplicates(Protocol):
    """Ids of notifications that were handled. A receiver of several processes needs one that they share."""

    def begin(self, message_id: str) -> bool | None:
        """True: it is new, and begun now. False: it is handled already. None: somebody is at it."""

    def end(self, message_id: str, *, handled: bool) -> None:
        """Keep the id, or forget it where the handler failed."""


class RememberedIds:
    """The ids of this process, the last `REMEMBERED` of them."""

    def __init__(self, capacity: int = REMEMBERED) -> None:
        self._ids: OrderedDict[str, bool] = OrderedDict()
        self._capacity = capacity
        self._lock = Lock()

    def begin(self, message_id: str) -> bool | None:
        """See Duplicates."""
        with self._lock:
            if message_id in self._ids:
                return False if self._ids[message_id] else None
            self._ids[message_id] = False
            while len(self._ids) > self._capacity:
                self._ids.popitem(last=False)
            return True

    def end(self, message_id: str, *, handled: bool) -> None:
        """See Duplicates."""
        with self._lock:
            if handled:
                self._ids[message_id] = True
            else:
                self._ids.pop(message_id, None)


class Receiver:
    """Takes a request's headers and bytes, and says with what status to answer."""

    def __init__(self, verifier: Verifier, handler: Handler, *, duplicates: Duplicates | None = None) -> None:
        self._verifier = verifier
        self._handler = handler
        self._duplicates = duplicates or RememberedIds()

    async def receive(self, headers: Headers, body: bytes) -> int:
        """The status for one request, its notification handled before."""
        notification, status = self._begun(headers, body)
        if notification is None:
            return status
        handled = False
        try:
            result = self._handler(notification)
            if inspect.isawaitable(result):
                await result
            handled = True
        except Exception:
            log.exception(_FAILED)
        finally:
            self._duplicates.end(notification.id, handled=handled)
        return HANDLED if handled else FAILED

    def receive_sync(self, headers: Headers, body: bytes) -> int:
        """The same where there is no event loop; the handler must be a plain function."""
        notification, status = self._begun(headers, body)
        if notification is None:
            return status
        handled = False
        try:
            result = self._handler(notification)
            if inspect.iscoroutine(result):
                result.close()
                raise TypeError(_COROUTINE)  # noqa: TRY301 - answered and logged like any failure
            handled = True
        except Exception:
            log.exception(_FAILED)
        finally:
            self._duplicates.end(notification.id, handled=handled)
        return HANDLED if handled else FAILED

    def _begun(self, headers: Headers, body: bytes) -> tuple[Notification | None, int]:
        """A notification to handle, or the status of what needs no handling."""
        try:
            notification = self._verifier.verify(headers, body)
        except VerificationError as error:
            log.warning("A webhook was refused (%s): %s", error.cause, error)
            return None, 401
        if notification.is_ping:
            return None, HANDLED
        is_new = self._duplicates.begin(notification.id)
        return (notification, 0) if is_new else (None, HANDLED if is_new is False else 409)


def asgi_app(receiver: Receiver) -> Callable[[Any, Any, Any], Awaitable[None]]:
    """The receiver as an application for ASGI servers.

    Starlette and FastAPI mount it: `app.mount("/tidings", asgi_app(receiver))`.
    """

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise NotImplementedError("Webhooks come by HTTP.")
        status = 405
        if scope["method"] == "POST":
            body = await _read(receive)
            joined = _joined((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
            status = 413 if body is None else await receiver.receive(joined, body)
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return app


def wsgi_app(receiver: Receiver) -> Callable[[Any, Any], list[bytes]]:
    """The receiver as an application for WSGI servers; Flask takes it by werkzeug's DispatcherMiddleware."""

    def app(environ: Any, start_response: Any) -> list[bytes]:
        status = 405
        if environ["REQUEST_METHOD"] == "POST":
            length = int(environ.get("CONTENT_LENGTH") or 0)
            if length > MAX_BODY_BYTES:
                status = 413
            else:
                sent = (
                    (name[5:].replace("_", "-"), text) for name, text in environ.items() if name.startswith("HTTP_")
                )
                status = receiver.receive_sync(_joined(sent), environ["wsgi.input"].read(length))
        start_response(f"{status} {_REASONS[status]}", [("Content-Length", "0")] if status != HANDLED else [])
        return []

    return app


_REASONS: Final = {
    204: "No Content",
    401: "Unauthorized",
    405: "Method Not Allowed",
    409: "Conflict",
    413: "Content Too Large",
    500: "Internal Server Error",
}


async def _read(receive: Any) -> bytes | None:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MAX_BODY_BYTES:
            return None
    return body


def _joined(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers by lower-case name; those of one name joined by commas, as HTTP has it."""
    joined: dict[str, str] = {}
    for name, value in headers:
        lower = name.lower()
        joined[lower] = f"{joined[lower]},{value}" if lower in joined else value
    return joined
