"""A shop that tells an instance what happens in it, over REST."""

import base64
import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tests.e2e.rest import Answer, Rest
from tests.support.waiting import until

EVENTS = "/api/v1/events"
JOBS = "/api/v1/jobs"
MAILS = "/api/v1/mails"


@dataclass
class Shopkeeper:
    """`name` keeps ids of one test apart from those of others."""

    rest: Rest
    name: str

    @property
    def email(self) -> str:
        return f"{self.name}@example.com"

    async def say(
        self, entity: str, operation: str = "CREATE", *, of: str = "", payload: Any = None, **facts: Any
    ) -> None:
        attributes = {key: str(value) for key, value in facts.items()}
        told: dict[str, Any] = {"operation": operation, "key_attributes": attributes}
        if payload is not None:
            told["base64_encoded_payload_json"] = base64.b64encode(json.dumps(payload).encode()).decode()
        event = {"entity_id": of, "entity_name": entity, "event_type": "ENTITY_EVENT", "event_payload": told}
        assert (await self.rest("POST", EVENTS, json=event)).status == 201

    async def restock(self) -> str:
        """A customer wishes for an item that is sold out and then comes back; the item's id."""
        item = f"lamp-{self.name}"
        await self.say("CUSTOMER", of=self.name, email=self.email, first_name="Ada", opt_in="true")
        await self.say("VARIANT_PRODUCT", of=item, name="Lamp", url="https://shop.example/lamp")
        await self.say("INVENTORY_LEVEL", of=f"l-{item}", payload={"variant_id": item, "quantity": 0})
        await self.say("WISHLIST", of=f"w-{self.name}", customer_id=self.name, variant_id=item)
        await self.say("INVENTORY_LEVEL", "UPDATE", of=f"l-{item}", variant_id=item, quantity=3)
        return item

    async def mails(self, count: int = 1) -> list[dict[str, Any]]:
        """The mail to this shop's customer, once there are at least `count`."""

        async def read() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = (await self.rest("GET", f"{MAILS}?to={self.email}")).json["mails"]
            return found

        return await until(read, lambda found: len(found) >= count)

    async def ended(self, job: str, count: int = 1) -> list[dict[str, Any]]:
        """The runs of a job, once so many have ended."""

        async def read() -> list[dict[str, Any]]:
            runs: list[dict[str, Any]] = (await self.rest("GET", f"{JOBS}/{job}/runs")).json["runs"]
            return runs

        return await until(read, lambda runs: sum("ended_at" in run for run in runs) >= count)


def shopkeeper(rest: Rest) -> Shopkeeper:
    """A shop of its own among those of the demo tenant."""
    return Shopkeeper(rest, f"c{uuid4().hex[:12]}")


def told(answer: Answer) -> dict[str, Any]:
    """The body of an answer that went well."""
    assert answer.status in {200, 201, 202}, answer.json
    body: dict[str, Any] = answer.json
    return body
