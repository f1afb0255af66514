"""Asking an instance as the users of document 001: of the whole account, and of one retailer."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp

from tests.e2e.instances import ROOT, Instance
from tests.e2e.rest import Answer, Rest

API = "/api/v4.1"
ORDER_WORKFLOW: Path = ROOT / "examples/workflows/order.json"


@dataclass
class Users:
    """`account` has no retailer, `retailer` belongs to retailer 1."""

    account: Rest
    retailer: Rest


async def log_in(session: aiohttp.ClientSession, instance: Instance) -> Users:
    """By the password grant, with the demo users' names and passwords."""
    demo = instance.demo
    names = (("account_username", "account_password"), ("username", "password"))
    users = []
    for name, password in names:
        form = {
            "grant_type": "password",
            "scope": "api",
            "client_id": demo["client_id"],
            "client_secret": demo["client_secret"],
            "username": demo[name],
            "password": demo[password],
        }
        async with session.post(f"{instance.rest}/oauth/token", data=form) as answer:
            bearer = (await answer.json())["access_token"]
        users.append(Rest(session, instance.rest, {"authorization": f"Bearer {bearer}"}))
    return Users(*users)


def event(name: str = "CancelOrder", **other: Any) -> dict[str, Any]:
    """The document's event, about an order of its own."""
    number = uuid4().hex[:12]
    return {
        "name": name,
        "retailerId": "1",
        "entityType": "ORDER",
        "entityId": number,
        "entityRef": f"ON-{number}",
        **other,
    }


def check_refused(answer: Answer, status: int, *messages: str) -> None:
    """The document's error body; the request id beside it is an addition."""
    assert answer.status == status, answer.json
    assert answer.headers["content-type"] == "application/json"
    assert answer.json == {
        "errors": [{"code": str(status), "message": message} for message in messages],
        "requestId": answer.headers["x-request-id"],
    }
