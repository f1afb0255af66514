"""Export and erasure over a database in which a person is named wherever the server can name one."""

import importlib
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from tests.support.events import record
from tests.support.hub import Hub
from tidings.collector.v1 import events_pb2 as pb
from tidings.loyalty.v1.events_pb2 import Event as LoyaltyEvent
from tidings_server.catalogue.store.tables import catalogue_customer, sent_notification, wishlist_item
from tidings_server.identity.store import tenants
from tidings_server.identity.tenants import Tenants
from tidings_server.log.search_projection import search_runner
from tidings_server.log.store import consumers, search
from tidings_server.loyalty.store.tables import customer
from tidings_server.mail.store.tables import captured_mail
from tidings_server.platform.clock import Ids, ManualClock
from tidings_server.platform.errors import NotFound
from tidings_server.platform.json_type import Json
from tidings_server.platform.sealing import Sealer
from tidings_server.privacy.api.event_bodies import PersonalEventBodies
from tidings_server.privacy.data_source import IMPERSONAL
from tidings_server.privacy.data_sources import data_sources
from tidings_server.privacy.erasures import PASS_US, POLL_S, ExportedRow, Persons
from tidings_server.privacy.store.persons import DONE, StoredErasure
from tidings_server.rpc.store.tables import idempotency
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import Api
from tidings_server.storage.tables import metadata, search_metadata
from tidings_server.workflow.entities import Reference
from tidings_server.workflow.search_projection import RecordProjection
from tidings_server.workflow.store import search as search_records
from tidings_server.workflow.store.search import RecordFilter

ANN, BOB = "c-ann", "c-bob"
MAIL = "ann@example.com"
TRACES = ("c-ann", MAIL, "Ann Example", "+49301234", b64encode(b"Ann Example").decode()[:12])
CUSTOMER = Reference("CUSTOMER", ANN, MAIL)

GREETING = {"to": "${event.attributes.email}"}
RULES = {
    "name": "CREATE",
    "triggers": [{"status": ""}],
    "rules": [
        {"name": "SetAttribute", "props": {"name": "email", "value": "${event.attributes.email}"}},
        {"name": "SetAttribute", "props": {"name": "points", "value": 12}},
        {"name": "ScheduleEvent", "props": {"eventName": "Greet", "delay": "P30D", "attributes": GREETING}},
        {"name": "ChangeState", "props": {"status": "ACTIVE"}},
    ],
}


@pytest.fixture
async def hub(database_url: str) -> AsyncIterator[Hub]:
    clock = ManualClock()
    database = await Database.open(database_url, clock=clock)
    made = Tenants(database, clock=clock, ids=Ids(clock))
    await made.create("shop")
    await made.create("other")
    yield Hub(database, clock)
    await database.close()


@pytest.fixture
def persons(hub: Hub) -> Persons:
    held = data_sources(hub.database, PersonalEventBodies(), hub.clock)
    return Persons(hub.database, held, sealer=Sealer(b"k" * 32), clock=hub.clock, ids=hub.ids)


def collected(customer: str, name: str, *, tenant: int = 1, entity: str = "CUSTOMER", **changes: Any) -> Any:
    payload = {"customerId": customer, "name": name, "mail": MAIL if customer == ANN else "bob@example.com"}
    message = pb.Event(
        id=f"{entity.lower()}-{1 if customer == ANN else 2}-{tenant}",
        entity_name=entity,
        entity_id=customer if entity == "CUSTOMER" else "o-1",
        event_type=pb.Event.ENTITY_EVENT,
        event_payload=pb.EventPayload(
            entity_id=customer if entity == "CUSTOMER" else "o-1",
            operation=pb.EventPayload.CREATE,
            key_attributes={"customerId": customer, "name": name, "total": "49.90"},
            base64_encoded_payload_json=b64encode(json.dumps(payload).encode()).decode(),
        ),
    )
    body = message.SerializeToString()
    about = {"entity_type": entity, "entity_id": message.entity_id, "topic": f"{entity.lower()}.created"}
    return record(message.id, body=body, tenant_id=tenant, **about, **changes)


async def fill(hub: Hub) -> None:
    """Ann everywhere, and Bob beside her; a tenant that has an Ann too."""
    await hub.send(
        collected(ANN, "Ann Example"),
        collected(ANN, "Ann Example", entity="ORDER"),
        collected(BOB, "Bob"),
        record("operation", api=Api.OPERATION, body=json.dumps({"reason": f"no {MAIL}"}).encode()),
    )
    await hub.send(collected(ANN, "Ann Example", tenant=await another(hub)))
    await hub.put(RULES, name="CUSTOMER", entityType="CUSTOMER")
    facts: dict[str, Json] = {"email": MAIL, "phone": "+49301234", "points": 12}
    await hub.submit("CREATE", facts, entity=CUSTOMER, root=CUSTOMER)
    await hub.submit("CREATE", {"email": "bob@example.com"}, entity=Reference("CUSTOMER", BOB, "bob"), root=None)
    await search_runner(hub.database, hub.clock).run_once()
    await project(hub)

    async def keep(conn: Any) -> None:
        kept = {"tenant_id": 1, "method": "m", "key": "k", "request_hash": b"", "resource_id": "customer-1-1"}
        await conn.execute(insert(idempotency).values(**kept, answer=b"Ann", answer_metadata="{}", created_at=1))
        await shop_in(conn)

    await hub.database.write_queue.run(keep)


async def another(hub: Hub) -> int:
    """The number of the other tenant, which on PostgreSQL is of another shard."""
    async with hub.database.read() as conn:
        return (await tenants.tenants(conn, after=1, limit=1))[0].number


async def project(hub: Hub) -> None:
    while await RecordProjection(hub.database, hub.clock).runner.run_once():
        pass


async def shop_in(conn: Any) -> None:
    """What loyalty, the projections and the mail of a shop hold of both."""
    for tenant, who, mail_to, name in ((1, ANN, MAIL, "Ann Example"), (1, BOB, "bob@example.com", "Bob")):
        of = {"tenant_id": tenant}
        profile = json.dumps({"first_name": name, "email_address": mail_to, "attributes": {"note": name}})
        account = dict.fromkeys(("posted", "held", "debt", "lifetime_spend", "annual_spend", "spend_year"), 0)
        loyal = {"key": len(who + name), "id": who, "email": mail_to, "external_reference": mail_to, "profile": profile}
        dated = {"created_at": 1, "changed_at": 1, "last_activity_at": 1, "version": 1, "is_locked": False}
        await conn.execute(insert(customer).values(**of, **loyal, **account | {"posted": 70}, **dated))
        await conn.execute(
            insert(catalogue_customer).values(**of, id=who, email=mail_to, first_name=name, opt_in=True, changed_at=0)
        )
        await conn.execute(
            insert(wishlist_item).values(**of, customer_id=who, item_id="i", seq=1, currency="EUR", lists="")
        )
        sent = {"kind": "REMINDER", "seq": 1, "currency": "EUR", "at": 1, "run_id": "r"}
        await conn.execute(insert(sent_notification).values(**of, customer_id=who, item_id="i", **sent))
        letter = {"subject": f"Dear {name}", "text": f"{name}, {mail_to}", "html": "", "template_id": ""}
        data = json.dumps({"customer": {"email": mail_to, "first_name": name}})
        await conn.execute(
            insert(captured_mail).values(
                **of, id=f"m-{name[:1]}", captured_at=1, recipient=mail_to, data=data, **letter
            )
        )


async def erase(persons: Persons, **whom: Any) -> StoredErasure:
    asked = {"customer_ids": [ANN], "contacts": [MAIL, "+49301234"], **whom}
    begun = await persons.erase("shop", erasure_id=None, **asked)
    while await persons.run_once():
        pass
    return await persons.get("shop", begun.id)


async def exported(persons: Persons, tenant: str = "shop") -> list[ExportedRow]:
    return [found async for found in persons.export(tenant, customer_ids=[ANN], contacts=[MAIL, "+49301234"])]


async def everything(hub: Hub, tenant: int) -> str:
    """All that the tables hold of a tenant, but its events' ids."""
    texts = []
    for tables, read in ((metadata, hub.database.read), (search_metadata, hub.database.read_search)):
        async with read() as conn:
            for table in tables.sorted_tables:
                if table.name == "config_version":
                    continue
                query = select(*(column for column in table.c if column.name != "event_id"))
                if "tenant_id" in table.c:
                    query = query.where(table.c.tenant_id == tenant)
                texts += [str(row._asdict()) for row in await conn.execute(query)]
    return "\n".join(texts)


def test_every_table_is_declared_or_excused(hub: Hub) -> None:
    importlib.import_module("tidings_server.composition.process")  # with every module that has tables
    declared = {data_source.table.name for data_source in data_sources(hub.database, PersonalEventBodies(), hub.clock)}
    assert not declared & set(IMPERSONAL)
    tables = set(metadata.tables) - set(search_metadata.tables)
    assert tables == declared | set(IMPERSONAL), "say in data_source.py or data_sources.py what they know of persons"


async def test_the_export_has_all_that_names_the_person(hub: Hub, persons: Persons) -> None:
    await fill(hub)
    found = await exported(persons)
    ids = {one.values["event_id"] for one in found if one.data_source == "events"}
    assert {"customer-1-1", "order-1-1", "operation"} < ids
    assert "customer-2-1" not in ids
    kinds = [one.data_source for one in found]
    places = {"workflow entities", "workflow records", "events due later"}
    places |= {"loyalty customers", "shop customers", "wishes", "what was mailed", "mail"}
    assert {kind: kinds.count(kind) for kind in set(kinds) - {"events"}} == dict.fromkeys(places, 1)
    [entity] = (one.values for one in found if one.data_source == "workflow entities")
    assert entity["attributes"]["email"] == MAIL
    payload = next(one.values for one in found if one.values.get("event_id") == "order-1-1")["body"]
    assert payload["event_payload"]["base64_encoded_payload_json"]["name"] == "Ann Example"


async def test_nothing_names_the_person_after_the_erasure(hub: Hub, persons: Persons) -> None:
    await fill(hub)
    other = await another(hub)
    before = await everything(hub, other)
    seqs_before = await hub.count(tenant_id=1)
    done = await erase(persons)
    assert (done.state, done.sealed) == (DONE, None)
    assert done.changed["events"] >= 4
    left = await everything(hub, 1)
    assert [line for line in left.splitlines() if any(trace in line for trace in TRACES)] == []
    assert await exported(persons) == []
    assert await hub.count(tenant_id=1) == seqs_before, "the log has lost no event"
    assert "c-bob" in left
    assert "bob@example.com" in left
    assert await everything(hub, other) == before
    assert len(await exported(persons, "other")) == 1


async def test_values_other_than_texts_are_kept(hub: Hub, persons: Persons) -> None:
    await fill(hub)
    done = await erase(persons)
    entity = await hub.entity(Reference("CUSTOMER", done.pseudonym, done.pseudonym))
    assert entity is not None
    assert entity.status == "ACTIVE"
    assert entity.attributes == {"email": done.pseudonym, "points": 12}
    [order] = await hub.events(event_id="order-1-1")
    message = pb.Event.FromString(order.body)
    assert (message.id, message.entity_name, message.entity_id) == ("order-1-1", "ORDER", "o-1")
    assert message.event_payload.key_attributes["customerId"] == done.pseudonym
    assert message.event_payload.operation == pb.EventPayload.CREATE


async def test_a_loyalty_customer_keeps_its_points_under_the_pseudonym(hub: Hub, persons: Persons) -> None:
    message = LoyaltyEvent(
        event_id="l-1", customer_id=ANN.upper(), name_space="Shop.Order", description="for Ann Example"
    )
    message.order.order_id, message.order.total = "o-1", 49.9
    message.order.billing_address.street1 = "Ann Example Street 1"
    about = {"topic": "order.opened", "entity_type": "ORDER", "root_type": "CUSTOMER", "root_id": ANN}
    await hub.send(record("l-1", api=Api.LOYALTY, body=message.SerializeToString(), **about))
    await hub.database.write_queue.run(shop_in)
    done = await erase(persons)
    async with hub.database.read() as conn:
        [row] = (await conn.execute(select(customer).where(customer.c.id == done.pseudonym))).all()
    assert (row.posted, row.version, row.email) == (70, 2, done.pseudonym)
    assert json.loads(row.profile)["first_name"] == ""
    [left] = await hub.events(event_id="l-1")
    answered = LoyaltyEvent.FromString(left.body)
    assert (answered.customer_id, answered.name_space, answered.order.order_id, answered.order.total) == (
        done.pseudonym,
        "Shop.Order",
        "o-1",
        49.9,
    )
    assert b"Ann" not in left.body
    assert left.root_id == done.pseudonym


async def test_a_repeat_of_an_erased_event_is_still_a_repeat(hub: Hub, persons: Persons) -> None:
    await fill(hub)
    await erase(persons)
    [appended] = await hub.database.write_queue.append([collected(ANN, "Ann Example")])
    assert appended.existing is not None
    assert b"Ann" not in appended.existing.body


async def test_search_finds_by_the_pseudonym_alone(hub: Hub, persons: Persons) -> None:
    await fill(hub)
    done = await erase(persons)
    upto = hub.database.heads[0].seq
    async with hub.database.read_search() as conn:
        for entity_id, count in ((ANN, 0), (done.pseudonym, 2)):
            wanted = search.SearchCriteria(1, entity_id=entity_id)
            assert len(await search.find(conn, wanted, after=0, upto=upto, limit=10)) == count
            records = RecordFilter(1, 0, 2**62, entity_id=entity_id)
            assert bool(await search_records.find(conn, records, offset=0, limit=10)) == bool(count)


async def test_a_person_that_events_know_by_name_alone_is_found_by_the_pseudonym(hub: Hub, persons: Persons) -> None:
    await hub.send(record(entity_type="CUSTOMER", entity_id=None, entity_ref=MAIL, body=b""))
    await search_runner(hub.database, hub.clock).run_once()
    done = await erase(persons)
    upto = hub.database.heads[0].seq
    async with hub.database.read_search() as conn:
        for entity, count in ((MAIL, 0), (done.pseudonym, 1)):
            wanted = search.SearchCriteria(1, entity_id=entity)
            assert len(await search.find(conn, wanted, after=0, upto=upto, limit=10)) == count


async def test_events_of_either_name_of_a_customer_are_the_persons(hub: Hub, persons: Persons) -> None:
    """Some are from before the entity existed, and the log has one name of each."""
    by_ref = Reference("CUSTOMER", None, "R-7")
    await hub.put(RULES, name="CUSTOMER", entityType="CUSTOMER")
    await hub.submit("Visit", {"note": "Ann Example"}, entity=by_ref, root=by_ref)
    await project(hub)
    await hub.submit("CREATE", {"email": MAIL}, entity=Reference("CUSTOMER", ANN, "R-7"), root=None)
    await hub.submit("Visit", {"note": "Ann Example"}, entity=by_ref, root=by_ref)
    await hub.send(hub.event("Visit", {"note": "Zoe"}, entity=by_ref, root=by_ref, retailer_id="2"))
    await hub.run()
    await project(hub)
    names = [found.values["name"] for found in await exported(persons) if found.data_source == "events"]
    assert sorted(names) == ["CREATE", "Visit", "Visit"]
    done = await erase(persons, contacts=[])
    left = await everything(hub, 1)
    assert "Ann Example" not in left
    assert "Zoe" in left, "another retailer's customer of that name"
    async with hub.database.read_search() as conn:
        events = RecordFilter(1, 0, 2**62, types=["ORCHESTRATION"])
        for records, count in (
            (events._replace(entity_id=ANN), 0),
            (events._replace(entity_id=done.pseudonym), 3),
            (events._replace(entity_ref="R-7"), 1),
            (events._replace(entity_ref=done.pseudonym), 3),
            (events._replace(root_id=done.pseudonym), 2),
            (events._replace(root_ref=done.pseudonym), 2),
        ):
            assert len(await search_records.find(conn, records, offset=0, limit=50)) == count, records


async def test_an_erasure_waits_for_consumers_that_may_have_read_the_log_before_it(hub: Hub, persons: Persons) -> None:
    """What they make of events that they hold in memory is stored late, and would name the person again."""
    await fill(hub)
    await hub.run()
    await hub.database.write_queue.run(lambda conn: consumers.start(conn, "slow", at=0))
    waiting = await erase(persons)
    assert (waiting.state, set(waiting.changed)) == ("RUNNING", {"events"})
    head = hub.database.heads[0].seq
    await hub.database.write_queue.run(lambda conn: consumers.move(conn, "slow", old=0, new=head))
    assert isinstance(hub.clock, ManualClock)
    hub.clock.advance(timedelta(seconds=POLL_S))
    while await persons.run_once():
        pass
    assert (await persons.get("shop", waiting.id)).state == "DONE"


async def test_a_consumer_that_is_stuck_holds_no_erasure_up_for_good(hub: Hub, persons: Persons) -> None:
    await fill(hub)
    await hub.database.write_queue.run(lambda conn: consumers.start(conn, "stuck", at=0))
    waiting = await erase(persons)
    assert waiting.state == "RUNNING"
    assert isinstance(hub.clock, ManualClock)
    hub.clock.advance(timedelta(microseconds=PASS_US + 1))
    while await persons.run_once():
        pass
    assert (await persons.get("shop", waiting.id)).state == "DONE"


async def test_an_erasure_goes_on_where_it_stopped(hub: Hub, persons: Persons) -> None:
    await fill(hub)
    begun = await persons.erase("shop", customer_ids=[ANN], contacts=[MAIL], erasure_id="e-1")
    assert await persons.run_once()
    held = data_sources(hub.database, PersonalEventBodies(), hub.clock)
    another = Persons(hub.database, held, sealer=Sealer(b"k" * 32), clock=hub.clock, ids=hub.ids)
    while await another.run_once():
        pass
    assert (await persons.get("shop", begun.id)).state == DONE
    with pytest.raises(NotFound):
        await persons.get("other", begun.id)


async def test_two_processes_erase_once(hub: Hub, persons: Persons) -> None:
    await fill(hub)
    held = data_sources(hub.database, PersonalEventBodies(), hub.clock)
    another = Persons(hub.database, held, sealer=Sealer(b"k" * 32), clock=hub.clock, ids=hub.ids)
    begun = await persons.erase("shop", customer_ids=[ANN], contacts=[MAIL, "+49301234"], erasure_id=None)
    is_going = True
    while is_going:
        is_going = await persons.run_once() | await another.run_once()
    left = await everything(hub, 1)
    assert [line for line in left.splitlines() if any(trace in line for trace in TRACES)] == []
    assert (await persons.get("shop", begun.id)).state == DONE


async def test_no_process_remembers_an_event_as_it_was(hub: Hub, persons: Persons) -> None:
    await fill(hub)
    last = hub.database.heads[0].seq
    assert hub.database.log_cache.after(last - 3, 3, reaching=last) is not None
    held = data_sources(hub.database, PersonalEventBodies(), hub.clock)
    another = Persons(hub.database, held, sealer=Sealer(b"k" * 32), clock=hub.clock, ids=hub.ids)
    await erase(persons)
    assert hub.database.log_cache.after(last - 3, 3, reaching=last) is None
    await hub.send(collected(BOB, "Bob", entity="WISHLIST"))
    assert hub.database.log_cache.after(last, 1, reaching=last) is not None
    await another.run_once()
    assert hub.database.log_cache.after(last, 1, reaching=last) is None


async def test_an_event_of_another_that_mentions_the_person_keeps_everything_else(hub: Hub, persons: Persons) -> None:
    payload = b64encode(b'{"total":5,"currency":"EUR"}').decode()
    facts = {"customer_id": BOB, "sku": "SKU-9", "status": "paid", "cc": MAIL}
    message = pb.Event(id="cc", entity_name="ORDER", entity_id="o-1", event_type=pb.Event.ENTITY_EVENT)
    message.event_payload.base64_encoded_payload_json = payload
    message.event_payload.key_attributes.update(facts)
    await hub.send(record("cc", body=message.SerializeToString()))
    done = await erase(persons, customer_ids=[])
    [stored] = await hub.events(event_id="cc")
    left = pb.Event.FromString(stored.body)
    assert dict(left.event_payload.key_attributes) == {**facts, "cc": done.pseudonym}
    assert left.event_payload.base64_encoded_payload_json == payload


async def test_a_workflow_keeps_its_state_but_for_the_mention(hub: Hub, persons: Persons) -> None:
    greet = {"to": "DHL-depot", "cc": "${event.attributes.mail}"}
    rules = [
        {"name": "SetAttribute", "props": {"name": name, "value": f"${{event.attributes.{name}}}"}}
        for name in ("carrier", "lane", "mail")
    ]
    later = {"name": "ScheduleEvent", "props": {"eventName": "Ship", "delay": "P1D", "attributes": greet}}
    await hub.put({"name": "CREATE", "triggers": [{"status": ""}], "rules": [*rules, later]})
    await hub.submit("CREATE", {"carrier": "DHL", "lane": "north gate", "mail": MAIL})
    done = await erase(persons, customer_ids=[])
    entity = await hub.entity()
    assert entity is not None
    assert entity.attributes == {"carrier": "DHL", "lane": "north gate", "mail": done.pseudonym}
    await hub.pass_time(timedelta(days=1, seconds=1))
    [ship] = [json.loads(event.body) for event in await hub.events() if b"DHL-depot" in event.body]
    values = {one[0]: one[1] for one in ship["attributes"]}
    assert (values["to"], values["cc"]) == ("DHL-depot", done.pseudonym)


async def test_another_customer_whose_profile_mentions_the_person_stays(hub: Hub, persons: Persons) -> None:
    await hub.database.write_queue.run(shop_in)
    profile = json.dumps({"first_name": "Bob", "attributes": {"note": f"friend of {MAIL}"}})
    await hub.database.write_queue.run(
        lambda conn: conn.execute(update(customer).where(customer.c.id == BOB).values(profile=profile))
    )
    await erase(persons)
    async with hub.database.read() as conn:
        [row] = (await conn.execute(select(customer).where(customer.c.id == BOB))).all()
    assert (row.email, row.external_reference) == ("bob@example.com", "bob@example.com")
    assert json.loads(row.profile) == {"first_name": "Bob", "attributes": {"note": ""}}
