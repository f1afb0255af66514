"""The end of a life: customers, entities, mails, searches and subscribers, by what their clients can read."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from tests.support.life_shop import LOYALTY, WORKFLOWS, Refused, Shop
from tests.support.lives import Life, customer_id

POLL_S: Final = 0.05


async def check(life: Life, shop: Shop) -> None:
    """The end of a life: each area of `expect` by what its clients can read."""
    checks = {
        "customers": _customers,
        "mails": _mails,
        "log": _log,
        "received": _received,
        "received_later": _received_later,
        "entities": _entities,
        "named": _named,
    }
    for area, expected in life.expect.items():
        found = await _settled(checks[area], shop, expected)
        assert found == expected, f"{area}: {json.dumps(found)} came, {json.dumps(expected)} should"


async def _settled(read: Callable[[Shop, Any], Awaitable[Any]], shop: Shop, expected: Any) -> Any:
    """What is read, as soon as it is what is expected, or when it has not been for a while."""
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + SETTLE_S
    found = await read(shop, expected)
    while found != expected and loop.time() < ends_at:
        await asyncio.sleep(POLL_S)
        found = await read(shop, expected)
    return found


SETTLE_S: Final = 5.0
"""Time after which what has not come does not come any more; asked for in full only by a life that fails."""


async def _customers(shop: Shop, expected: Mapping[str, Any]) -> Any:
    found: dict[str, Any] = {}
    for name, fields in expected.items():
        try:
            known = await shop.call(f"{LOYALTY}CustomerService/GetCustomer", {"customerId": customer_id(name)})
        except Refused:
            found[name] = None
            continue
        found[name] = {each: _plain(known.get(each)) for each in fields} if fields is not None else known
    return found


async def _mails(shop: Shop, expected: Mapping[str, Any]) -> Any:
    """Subjects of captured mail by recipient, the oldest first; all of it is listed."""
    listed = await shop.call("tidings.collector.v1.MailService/ListMails", {"pageSize": 200})
    found: dict[str, list[str]] = {name: [] for name in expected}
    for mail in reversed(listed["mails"]):
        found.setdefault(mail["to"], []).append(mail["subject"])
    return found


async def _log(shop: Shop, expected: Mapping[str, Any]) -> Any:
    """Number of events in the log by topic."""
    found = {}
    for topic in expected:
        answer = await shop.call("tidings.collector.v1.EventService/SearchEvents", {"topic": topic, "pageSize": 100})
        found[topic] = len(answer["events"])
    return found


async def _received(shop: Shop, expected: Mapping[str, Any]) -> Any:
    """Number of messages that the subscriber got, by topic; a message that is sent twice counts once."""
    return _by_topic(shop.server.receiver.bodies(shop.hook), expected)


async def _received_later(shop: Shop, expected: Mapping[str, Any]) -> Any:
    """The same of the subscriber that came last, and asked for all that had been."""
    return _by_topic(shop.server.receiver.bodies(shop.later_hook), expected)


def _by_topic(bodies: Sequence[bytes], expected: Mapping[str, Any]) -> Any:
    ids: dict[str, set[str]] = {topic: set() for topic in expected}
    for body in bodies:
        message = json.loads(body)
        if message["topic"] in ids:
            ids[message["topic"]].add(message["eventId"])
    return {topic: len(each) for topic, each in ids.items()}


async def _named(shop: Shop, expected: Mapping[str, Any]) -> Any:
    """The places in which a name stands, in any of its forms: lists of all APIs, and what the last subscriber got."""
    texts = {path: json.dumps(await shop.call(path, request)) for path, request in LISTS.items()}
    texts["received_later"] = " ".join(body.decode() for body in shop.server.receiver.bodies(shop.later_hook))
    found = {}
    for name in expected:
        forms = (customer_id(name), f"{name}@example.com", f'"{name}"')
        found[name] = sorted(place for place, text in texts.items() if any(form in text for form in forms))
    return found


LISTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "tidings.collector.v1.EventService/SearchEvents": {"pageSize": 100},
    "tidings.collector.v1.MailService/ListMails": {"pageSize": 200},
    f"{LOYALTY}CustomerService/ListCustomers": {},
    f"{WORKFLOWS}EntityService/ListEntities": {},
    f"{WORKFLOWS}EventService/SearchEvents": {},
    "tidings.push.v1.EventPullService/ListEvents": {"pageSize": 200},
}


async def _entities(shop: Shop, expected: Mapping[str, Any]) -> Any:
    found: dict[str, Any] = {}
    for name in expected:
        kind, _, ref = name.partition("/")
        try:
            answer = await shop.call(f"{WORKFLOWS}EntityService/GetEntity", {"type": kind, "ref": ref})
        except Refused:
            found[name] = None
            continue
        found[name] = answer["entity"]["status"]
    return found


def _plain(value: Any) -> Any:
    return sorted(value, key=str) if isinstance(value, list) else value
