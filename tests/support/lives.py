"""Lives of orders, wishlists, stock and the rest, as data: files of `tests/lives`, whose README has the form."""

import json
import random
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, permutations
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_DNS, uuid5

import yaml

FOLDER: Final = Path(__file__).parents[1] / "lives"
MAX_ALL: Final = 4
"""Events of a life that is played in all their orders; of a longer one a sample is."""

SAMPLE: Final = 8
SEED: Final = 20_260_101

_MOMENT: Final = re.compile(r"now([+-]\d+)([smhd])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True)
class Life:
    """One life. `events` are calls that clients make; `then` are those that follow, in their order, in every playing.

    `ordered` are pairs of indexes of events whose order matters, each with the reason.
    """

    name: str
    claim: str
    area: str
    setup: Mapping[str, Any]
    events: Sequence[Mapping[str, Any]]
    then: Sequence[Mapping[str, Any]]
    expect: Mapping[str, Any]
    ordered: Sequence[tuple[int, int, str]]
    is_doubled: bool

    def orders(self) -> list[tuple[int, ...]]:
        """Other orders of the events that must come to the same end: all for few events, else a seeded sample."""
        usual = tuple(range(len(self.events)))
        if len(usual) <= MAX_ALL:
            return [each for each in permutations(usual) if each != usual and self._allows(each)]
        return list(islice(self._sample(usual), SAMPLE))

    def _sample(self, usual: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """Orders by chance that keep the declared pairs: each event in turn is one of those whose turn it may be."""
        chance = random.Random(SEED)
        seen = {usual}
        for _ in range(SAMPLE * 10):
            left, order = list(usual), list[int]()
            while left:
                free = [one for one in left if not any(a in left for a, b, _ in self.ordered if b == one)]
                order.append(chance.choice(free))
                left.remove(order[-1])
            if tuple(order) not in seen:
                seen.add(tuple(order))
                yield tuple(order)

    def _allows(self, order: Sequence[int]) -> bool:
        return all(order.index(a) < order.index(b) for a, b, _ in self.ordered)


def lives() -> list[Life]:
    """All lives, by their names."""
    return [_life(path) for path in sorted(FOLDER.glob("*/*.yaml")) if path.parent.name != "schedules"]


def _life(path: Path) -> Life:
    told = yaml.safe_load(path.read_text())
    pairs = [(pair["before"], pair["after"], pair["why"]) for pair in told.get("ordered", ())]
    return Life(
        name=f"{path.parent.name}/{path.stem}",
        claim=told["claim"],
        area=path.parent.name,
        setup=told.get("setup", {}),
        events=told["events"],
        then=told.get("then", ()),
        expect=told["expect"],
        ordered=[*pairs, *_in_order(told)],
        is_doubled=told.get("doubled", True),
    )


def _in_order(told: Mapping[str, Any]) -> list[tuple[int, int, str]]:
    """The pairs of a life in which no two events can change places; `in_order` is the reason."""
    why = told.get("in_order")
    return [(index, index + 1, why) for index in range(len(told["events"]) - 1)] if why else []


def at_moments(value: Any, now: datetime) -> Any:
    """The value with `now-3d` and the like in texts replaced by RFC 3339."""
    if isinstance(value, Mapping):
        return {name: at_moments(each, now) for name, each in value.items()}
    if isinstance(value, list):
        return [at_moments(each, now) for each in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    found = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return value
    moment = now + timedelta(**{_UNITS[found[2]]: int(found[1])})
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def request_of(event: Mapping[str, Any], event_id: str) -> tuple[str, dict[str, Any]]:
    """The RPC of an event of a life, and its request as the document's JSON has it, fields of the path included."""
    told = dict(event)
    for block, rpc in _LOYALTY.items():
        if block in told:
            body = {
                "customerId": customer_id(told.pop("customerId", "ada")),
                "nameSpace": "Shop",
                "eventId": event_id,
                **told,
            }
            return f"tidings.loyalty.v1.EventService/{rpc}", {"event": body}
    if "reverse" in told:
        return "tidings.loyalty.v1.LedgerService/ReverseOrder", {"orderId": told.pop("reverse"), **told}
    if "profile" in told:
        return "tidings.loyalty.v1.CustomerService/UpdateCustomer", {
            "customerId": customer_id(told.pop("profile")),
            "customer": told,
        }
    if "entity" in told:
        about = {"retailerId": "1", "entityType": "ORDER", **told.pop("entity")}
        return "tidings.orchestration.v1.EventService/CreateAsyncEvent", {"event": {"id": event_id, **about}}
    return "tidings.collector.v1.EventService/CreateEvent", {"event": _shop_event(told["shop"], event_id)}


def customer_id(name: str) -> str:
    """The customer's id in document 003, which has UUIDs alone."""
    return str(uuid5(NAMESPACE_DNS, f"{name}.example"))


def _shop_event(told: Mapping[str, Any], event_id: str) -> dict[str, Any]:
    """An event of document 000: `entity`, `id`, `operation`, and attributes; lists and objects are its payload."""
    facts = {name: value for name, value in told.items() if name not in {"entity", "id", "operation"}}
    plain = {name: _text(value) for name, value in facts.items() if not isinstance(value, list | dict)}
    payload: dict[str, Any] = {"operation": told.get("operation", "CREATE"), "key_attributes": plain}
    if nested := {name: value for name, value in facts.items() if isinstance(value, list | dict)}:
        payload["base64_encoded_payload_json"] = b64encode(json.dumps(nested).encode()).decode()
    return {
        "id": event_id,
        "entity_id": str(told.get("id", "")),
        "entity_name": told["entity"],
        "event_type": "ENTITY_EVENT",
        "event_payload": payload,
    }


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value)


_LOYALTY: Final = {
    "order": "CreateOrder",
    "action": "CreateAction",
    "transaction": "CreateTransaction",
    "redemption": "CreateRedemption",
}
