"""The service of customers: creation by events, changes, lists."""

from typing import Any
from uuid import uuid4

import grpc
import pytest

from tests.loyalty.api.world import World
from tests.workflow.api.world import refusal_of
from tidings.loyalty.v1 import customers_pb2
from tidings_server.mail.addresses import check_address
from tidings_server.platform.errors import InvalidInput

TOLD: dict[str, Any] = {
    "firstName": "Ada",
    "lastName": "Lovelace",
    "displayName": "Ada L.",
    "emailAddress": "Ada@Example.com",
    "mobileNumber": "+61 400 000 000",
    "optinSms": True,
    "optinEmail": True,
    "acceptTerms": True,
    "dateOfBirth": "1815-12-10",
    "contactPhone": "+61 2 0000 0000",
    "externalReference": "CRM-1",
    "externalStatus": "VIP",
}


def attributes(customer: Any) -> dict[str, str]:
    return {each.key: each.value for each in customer.attributes}


async def test_an_event_creates_a_customer_with_an_empty_profile(world: World, ada: str) -> None:
    await world.send("action", {}, ada.upper())
    created = await world.customer(ada)
    assert (created.customer_id, created.balance, created.lifetime_spend, created.is_account_locked) == (
        ada,
        0,
        0,
        False,
    )


async def test_an_update_changes_only_the_fields_that_it_has(world: World, ada: str) -> None:
    await world.send("action", {}, ada)
    await world.patch(ada, **TOLD)
    changed = await world.patch(ada, lastName="King", optinSms=False)
    assert (changed.first_name, changed.last_name, changed.optin_sms) == ("Ada", "King", False)
    for name, value in TOLD.items():
        if name not in {"lastName", "optinSms"}:
            field = changed.DESCRIPTOR.fields_by_camelcase_name[name].name
            assert getattr(changed, field) == value, name
    assert await world.customer(ada) == changed


async def test_attributes_are_set_and_removed_one_by_one(world: World, ada: str) -> None:
    await world.send("action", {}, ada)
    await world.patch(ada, attributes=[{"key": "tier", "value": "one"}, {"key": "shop", "value": "7"}])
    changed = await world.patch(ada, attributes=[{"key": "tier"}, {"key": "app", "value": ""}])
    assert attributes(changed) == {"shop": "7", "app": ""}
    many = [{"key": f"k{at}", "value": "v"} for at in range(255)]
    refused = await refusal_of(world.patch(ada, attributes=many))
    assert list(refused.fields) == ["attributes"]


async def test_an_address_is_one_customers_in_whatever_case(world: World, ada: str) -> None:
    bob = str(uuid4())
    for who in (ada, bob):
        await world.send("action", {}, who)
        await world.send("action", {}, who, by="stranger")
    await world.patch(ada, emailAddress="ada@example.com")
    await world.patch(ada, emailAddress="ADA@example.com")
    refused = await refusal_of(world.patch(bob, emailAddress="Ada@Example.com", firstName="Bob"))
    assert refused.code == grpc.StatusCode.ALREADY_EXISTS
    assert (await world.customer(bob)).first_name == ""
    await world.patch(bob, by="stranger", emailAddress="ada@example.com")
    await world.patch(ada, emailAddress="")
    assert (await world.patch(bob, emailAddress="ada@example.com")).email_address == "ada@example.com"


@pytest.mark.parametrize(
    "address",
    [
        "a,b@c.se",
        "a;b@c.se",
        "<a@b.se>",
        "(c)a@b.se",
        "a@b..se",
        "a@-b.se",
        "a@b.se.",
        ".a@b.se",
        "a\u200b@b.se",
        "a@b",
    ],
)
async def test_an_address_that_no_mail_can_be_sent_to_is_refused_as_in_document_004(
    world: World, ada: str, address: str
) -> None:
    await world.send("action", {}, ada)
    refused = await refusal_of(world.patch(ada, emailAddress=address))
    assert refused.code == grpc.StatusCode.INVALID_ARGUMENT
    assert list(refused.fields) == ["emailAddress"]
    with pytest.raises(InvalidInput):
        check_address(address, "to")


@pytest.mark.parametrize("address", ["Ada@Bücher.example", "ada@xn--bcher-kva.example", "ада@почта.рф", "a+b@c.se"])
async def test_an_address_in_any_script_is_kept_as_it_was_given(world: World, ada: str, address: str) -> None:
    await world.send("action", {}, ada)
    assert (await world.patch(ada, emailAddress=address)).email_address == address


async def test_a_stale_version_is_refused(world: World, ada: str) -> None:
    await world.send("action", {}, ada)
    await world.patch(ada, if_match='"1"', firstName="Ada")
    refused = await refusal_of(world.patch(ada, if_match='"1"', firstName="Bob"))
    assert refused.code == grpc.StatusCode.ABORTED
    assert (await world.patch(ada, if_match='"1", "2"', firstName="Eve")).first_name == "Eve"


async def test_customers_are_filtered_by_address_reference_and_segment(world: World) -> None:
    people = [str(uuid4()) for _ in range(5)]
    await world.rule(
        assesses="ACTION", fulfilments=[{"type": "ADD_TO_SEGMENT", "segment": "odd"}], nameSpace={"equals": "Odd"}
    )
    for at, who in enumerate(people):
        await world.send("action", {}, who, nameSpace="Odd" if at % 2 else "Even")
        await world.patch(who, externalReference=f"E-{at // 2}", emailAddress=f"{at}@example.com")

    async def found(**filters: Any) -> list[str]:
        request = customers_pb2.ListCustomersRequest(**filters)
        return [each.customer_id for each in (await world.call(world.customers.ListCustomers, request)).customers]

    assert await found() == people
    assert await found(segment="odd") == people[1::2]
    assert await found(external_reference="E-1") == people[2:4]
    assert await found(email_address="3@EXAMPLE.com") == people[3:4]
    assert await found(segment="odd", external_reference="E-0") == people[1:2]
    assert await found(segment="nobody's") == []


async def test_the_pages_together_are_the_whole_list(world: World) -> None:
    people = [str(uuid4()) for _ in range(5)]
    for who in people:
        await world.send("action", {}, who)
        await world.customer(who)
    found, after = [], ""
    while True:
        request = customers_pb2.ListCustomersRequest(page_size=2, after=after)
        page = await world.call(world.customers.ListCustomers, request)
        found += [each.customer_id for each in page.customers]
        if not page.HasField("next"):
            break
        after = page.next
    assert found == people


async def test_large_events_make_short_pages(world: World, ada: str) -> None:
    """Twenty events of 240 KiB: no page exceeds the default limit of a client, and no event is missing."""
    facts = [{"key": f"k{at}", "value": "v" * 1_000} for at in range(240)]
    results = [await world.send("action", {}, ada, attributes=facts) for _ in range(20)]
    found, sizes, after = [], [], ""
    while True:
        request = customers_pb2.ListCustomerEventsRequest(customer_id=ada, page_size=30, after=after)
        page = await world.call(world.customers.ListCustomerEvents, request)
        found += [each.event_id for each in page.events]
        sizes.append(len(page.events))
        if not page.HasField("next"):
            break
        after = page.next
    assert found == [each.event_id for each in reversed(results)]
    assert max(sizes) <= 10
