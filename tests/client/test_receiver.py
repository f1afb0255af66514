"""The receiver of the Python client, behind ASGI and WSGI, and as the receiver of a real server's webhooks."""

import asyncio
import io
import runpy
from pathlib import Path
from typing import Any

import pytest

from tidings_client import Notification, Receiver, RememberedIds, Verifier, asgi_app, sign, wsgi_app
from tidings_client.receiver import MAX_BODY_BYTES

BODY = b'{"topic": "order.opened", "entityId": "1001"}'
PING = b'{"topic": "application.ping"}'


class Handled:
    """A handler that keeps what it gets; it fails while `fails` is set."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.fails = False

    def __call__(self, notification: Notification) -> None:
        self.ids.append(notification.id)
        if self.fails:
            raise RuntimeError


@pytest.fixture
def handled() -> Handled:
    return Handled()


@pytest.fixture(params=["asgi", "wsgi"])
def post(request: pytest.FixtureRequest, handled: Handled) -> Any:
    receiver = Receiver(Verifier(["secret"]), handled)

    def over_asgi(headers: dict[str, str], body: bytes, method: str = "POST") -> int:
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": body}

        async def send(message: Any) -> None:
            sent.append(message)

        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        app: Any = asgi_app(receiver)
        asyncio.run(app({"type": "http", "method": method, "headers": raw}, receive, send))
        return int(sent[0]["status"])

    def over_wsgi(headers: dict[str, str], body: bytes, method: str = "POST") -> int:
        environ = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
        environ |= {"REQUEST_METHOD": method, "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}  # type: ignore[dict-item]
        statuses: list[str] = []
        wsgi_app(receiver)(environ, lambda status, _headers: statuses.append(status))
        return int(statuses[0][:3])

    return {"asgi": over_asgi, "wsgi": over_wsgi}[request.param]


def signed(body: bytes, message_id: str) -> dict[str, str]:
    return sign("secret", body, message_id=message_id)


def test_a_notification_is_handled_once(post: Any, handled: Handled) -> None:
    assert [post(signed(BODY, "m-1"), BODY), post(signed(BODY, "m-1"), BODY)] == [204, 204]
    assert handled.ids == ["m-1"]


def test_a_notification_that_failed_is_handled_again(post: Any, handled: Handled) -> None:
    handled.fails = True
    assert post(signed(BODY, "m-1"), BODY) == 500
    handled.fails = False
    assert post(signed(BODY, "m-1"), BODY) == 204
    assert handled.ids == ["m-1", "m-1"]


def test_a_ping_is_answered_without_the_handler(post: Any, handled: Handled) -> None:
    assert post(signed(PING, "p-1"), PING) == 204
    assert handled.ids == []


def test_what_is_no_webhook_is_refused(post: Any, handled: Handled) -> None:
    large = b"x" * (MAX_BODY_BYTES + 1)
    assert post({}, BODY) == 401
    assert post(signed(BODY, "m"), BODY + b" ") == 401
    assert post({}, b"", method="GET") == 405
    assert post(signed(large, "m"), large) == 413
    assert handled.ids == []


def test_what_is_being_handled_is_not_begun_again_and_the_oldest_ids_are_forgotten() -> None:
    ids = RememberedIds(capacity=2)
    assert (ids.begin("a"), ids.begin("a")) == (True, None)
    ids.end("a", handled=True)
    assert (ids.begin("a"), ids.begin("b"), ids.begin("c"), ids.begin("a")) == (False, True, True, True)


def test_the_example_is_an_application(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNING_SECRET", "whsec_YS1zZWNyZXQ=")
    program = Path(__file__).parents[2] / "clients/python/example/receiver.py"
    assert callable(runpy.run_path(str(program))["app"])
