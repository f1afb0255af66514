"""The consumer: every event runs once, in the order of its root entity, and all of a run is stored or none of it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support.hub import AUDIT_IDS, SCOPE, Hub, body_of
from tests.support.workflows import ruleset, step
from tidings_server.delivery.requested_deliveries import endpoint_of, webhook_payload, webhook_topic
from tidings_server.delivery.store import subscriptions as table
from tidings_server.delivery.store.subscriptions import DestinationKind
from tidings_server.delivery.subscription_drafts import SubscriptionDraft
from tidings_server.platform.clock import ManualClock
from tidings_server.platform.errors import Conflict, InvalidInput, LostRace, NotFound, VersionMismatch
from tidings_server.platform.json_type import Json
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import Api
from tidings_server.workflow.attributes import Attribute
from tidings_server.workflow.audits import AuditCategory
from tidings_server.workflow.entities import Reference
from tidings_server.workflow.event_codec import decode_body
from tidings_server.workflow.store import entities, scheduled_events

CREATE = ruleset("CREATE", step("ChangeState", status="CREATED"), states=[""])
FULFILMENT = Reference("FULFILMENT", ref="F-1")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def hub(database_url: str, clock: ManualClock) -> AsyncIterator[Hub]:
    database = await Database.open(database_url, clock=clock)
    yield Hub(database, clock)
    await database.close()


async def test_an_event_creates_its_entity_and_has_an_outcome(hub: Hub) -> None:
    await hub.put(CREATE)
    seq = await hub.submit("CREATE", subtype="HD")
    entity = await hub.entity()
    assert entity is not None
    assert (entity.key, entity.id, entity.ref, entity.status) == (seq, "1234", "ON-1234", "CREATED")
    assert (entity.subtype, entity.version, entity.root_ref) == ("HD", 1, "ON-1234")
    outcome = await hub.outcome(seq)
    assert (outcome.status, outcome.workflow, outcome.version, outcome.ruleset) == ("SUCCESS", "ORDER", 1, "CREATE")
    assert (outcome.entity_key, outcome.entity_id) == (seq, "1234")
    assert [audit.category for audit in await hub.audits(seq)] == [
        AuditCategory.RULE,
        AuditCategory.ACTION,
        AuditCategory.RULE_SET,
        AuditCategory.SNAPSHOT,
    ]


async def test_events_run_in_the_order_of_the_log_each_on_the_entity_of_the_one_before(hub: Hub) -> None:
    count = ruleset("Count", step("SetAttribute", name="n", value="${int(entity.attributes.n) + 1}"))
    await hub.put(ruleset("CREATE", step("SetAttribute", name="n", value=0)), count)
    await hub.send(hub.event("CREATE"), *[hub.event("Count") for _ in range(20)])
    await hub.run()
    entity = await hub.entity()
    assert entity is not None
    assert (entity.attributes, entity.version) == ({"n": 20}, 1)
    await hub.submit("Count")
    entity = await hub.entity()
    assert entity is not None
    assert (entity.attributes, entity.version) == ({"n": 21}, 2)


async def test_events_that_a_run_sends_run_after_those_in_the_log(hub: Hub) -> None:
    await hub.put(
        ruleset(
            "CREATE",
            step("ChangeState", status="CREATED"),
            step("SendEvent", eventName="CREATE", entityType="FULFILMENT", entityRef="F-1", attributes={"n": 1}),
            step("EmitTopic", topic="order.made"),
        ),
        ruleset("CREATE", step("SendEvent", eventName="Ready"), type="FULFILMENT"),
        ruleset("Ready", step("ChangeState", status="READY"), type="FULFILMENT"),
    )
    seq = await hub.submit("CREATE", {"by": "web"})
    assert await hub.names() == ["CREATE", "CREATE", "order.made", "Ready"]
    [_, child, topic, ready] = await hub.events(api=int(Api.ORCHESTRATION))
    [first] = await hub.events(seq=seq)
    assert (child.correlation_id, child.hops, child.root_ref, child.type) == (
        first.event_id,
        1,
        "ON-1234",
        "ORCHESTRATION",
    )
    assert (ready.correlation_id, ready.hops, ready.root_type) == (child.event_id, 2, "ORDER")
    assert (topic.topic, topic.type, topic.entity_ref) == ("order.made", "GENERAL", "ON-1234")
    assert body_of(topic) == {"attributes": [["by", "web", "STRING"]]}
    assert body_of(child)["attributes"] == [["n", 1, "INTEGER"]]
    assert await hub.status(FULFILMENT) == "READY"


async def test_a_failed_run_leaves_nothing_but_its_outcome(hub: Hub) -> None:
    await hub.put(
        CREATE,
        ruleset(
            "Ship",
            step("ChangeState", status="SHIPPED"),
            step("SendEvent", eventName="CREATE"),
            step("SetAttribute", name="x", value="${event.attributes.nosuch}"),
        ),
    )
    await hub.submit("CREATE")
    seq = await hub.submit("Ship")
    assert await hub.status() == "CREATED"
    assert await hub.names() == ["CREATE", "Ship"]
    assert (await hub.outcome(seq)).status == "FAILED"
    [exception] = [audit for audit in await hub.audits(seq) if audit.category is AuditCategory.EXCEPTION]
    assert {one.name: one.value for one in exception.attributes}["rule"] == "SetAttribute"


async def test_an_event_that_matches_no_ruleset_has_an_outcome_and_creates_no_entity(hub: Hub) -> None:
    seq = await hub.submit("CREATE")
    assert (await hub.outcome(seq)).status == "NO_MATCH"
    assert await hub.entity() is None


async def test_the_workflow_is_that_of_the_root_entity(hub: Hub) -> None:
    pick = ruleset("Pick", step("ChangeState", status="PICKED"), type="FULFILMENT")
    await hub.put(CREATE, pick, name="ORDER::HD", entitySubtype="HD")
    await hub.put(CREATE, name="ORDER")
    await hub.submit("CREATE", subtype="hd".upper())
    assert (await hub.outcome(await hub.submit("Pick", entity=FULFILMENT))).workflow == "ORDER::HD"
    other = Reference("ORDER", ref="ON-2")
    await hub.submit("CREATE", entity=other, root=other)
    seq = await hub.submit("Pick", entity=Reference("FULFILMENT", ref="F-2"), root=other)
    assert ((await hub.outcome(seq)).workflow, (await hub.outcome(seq)).status) == ("ORDER", "NO_MATCH")


async def test_an_event_that_names_no_root_runs_for_the_root_of_its_entity(hub: Hub) -> None:
    pick = ruleset("Pick", step("ChangeState", status="PICKED"), type="FULFILMENT")
    await hub.put(pick, ruleset("CREATE", type="FULFILMENT"))
    await hub.submit("CREATE", entity=FULFILMENT)
    seq = await hub.submit("Pick", entity=FULFILMENT, root=None)
    assert (await hub.outcome(seq)).status == "SUCCESS"
    assert (
        await hub.outcome(await hub.submit("Pick", entity=Reference("FULFILMENT", ref="F-9"), root=None))
    ).status == ("NO_MATCH")


async def test_entities_of_retailers_and_tenants_are_apart(hub: Hub) -> None:
    await hub.put(CREATE)
    await hub.put(CREATE, scope=replace(SCOPE, tenant=2))
    await hub.send(hub.event("CREATE"), hub.event("CREATE", retailer_id="2"), hub.event("CREATE", tenant_id=2))
    await hub.run()
    keys = {(await hub.entity()).key, (await hub.entity(retailer_id="2")).key, (await hub.entity(tenant=2)).key}  # type: ignore[union-attr]
    assert len(keys) == 3
    [seq] = await hub.send(hub.event("CREATE", retailer_id="2"))
    await hub.run()
    assert (await hub.outcome(seq)).status == "NO_MATCH"


async def test_each_event_keeps_the_version_that_it_ran_on(hub: Hub) -> None:
    versions = []
    for status in ("A", "B"):
        await hub.put(ruleset("Go", step("ChangeState", status=status)))
        versions.append((await hub.outcome(await hub.submit("Go"))).version)
    await hub.workflows.activate(SCOPE, "ORDER", 1)
    versions.append((await hub.outcome(await hub.submit("Go"))).version)
    assert (versions, await hub.status()) == ([1, 2, 1], "A")


async def test_a_batch_has_the_events_that_fit_into_a_transaction(hub: Hub) -> None:
    emits = [step("EmitTopic", topic=f"order.t{n}") for n in range(50)]
    await hub.put(ruleset("Go", *emits))
    await hub.send(*[hub.event("Go") for _ in range(30)])
    events = await hub.events(name="Go")
    plan = await hub.consumer.plan(events)
    assert plan.covered == 10
    await hub.run()
    assert len(await hub.events(type="GENERAL")) == 1_500
    assert not await hub.runner.run_once()


async def test_a_batch_has_the_bytes_that_fit_into_a_transaction(hub: Hub) -> None:
    await hub.put(ruleset("Go", *[step("SendEvent", eventName="X", attributes="${event.attributes}")] * 4))
    large: dict[str, Json] = {str(number): "x" * 4_000 for number in range(60)}
    await hub.send(*[hub.event("Go", large) for _ in range(9)])
    assert (await hub.consumer.plan(await hub.events(name="Go"))).covered == 5
    await hub.run()
    assert await hub.count(name="X") == 36


# ---------------------------------------------------------------- later


async def test_a_scheduled_event_is_published_once_when_it_is_due(hub: Hub) -> None:
    await hub.put(
        ruleset("CREATE", step("ScheduleEvent", eventName="Expire", delay="PT1H", attributes={"why": "time"})),
        ruleset("Expire", step("SetAttribute", name="why", value="${event.attributes.why}")),
    )
    seq = await hub.submit("CREATE")
    async with hub.database.read() as conn:
        due_at = await scheduled_events.next_due(conn)
    assert due_at == (await hub.events(seq=seq))[0].recorded_at + 3_600_000_000
    await hub.pass_time(timedelta(minutes=59))
    assert await hub.names() == ["CREATE"]
    await hub.pass_time(timedelta(minutes=2))
    await hub.pass_time(timedelta(hours=2))
    assert await hub.names() == ["CREATE", "Expire"]
    [expire] = await hub.events(name="Expire")
    assert expire.hops == 1
    entity = await hub.entity()
    assert entity is not None
    assert entity.attributes == {"why": "time"}


async def test_a_chain_of_scheduled_events_ends_too(hub: Hub) -> None:
    await hub.put(ruleset("Again", step("ScheduleEvent", eventName="Again", delay="PT1S")))
    await hub.submit("Again")
    for _ in range(40):
        await hub.pass_time(timedelta(seconds=2))
    assert len(await hub.events(name="Again")) == 33
    last = (await hub.events(name="Again"))[-1]
    assert (await hub.outcome(last.seq)).status == "FAILED"


# ---------------------------------------------------------------- webhooks and audits


async def test_a_webhook_is_an_event_addressed_to_its_server(hub: Hub) -> None:
    urls = ["https://a.example/one", "https://A.example/two", "https://b.example/"]
    await hub.put(ruleset("Go", *[step("SendWebhook", url=url) for url in urls], step("ChangeState", status="GONE")))
    await hub.submit("Go", {"n": 1}, subtype="HD")
    events = await hub.events(name="SendWebhook")
    assert [event.topic for event in events] == list(map(webhook_topic, urls))
    addressed = [endpoint_of(event) for event in events]
    assert [each.url for each in addressed if each] == ["https://a.example", "https://a.example", "https://b.example"]
    assert [webhook_payload(event).url for event in events] == urls
    message = body_of(events[0])["message"]
    assert (message["name"], message["entityStatus"], message["attributes"]) == ("Go", "GONE", {"n": 1})
    assert decode_body(events[0].body).attributes == (Attribute("url", urls[0], "STRING"),)


async def test_audits_are_events_only_where_a_subscription_names_them(hub: Hub) -> None:
    await hub.put(CREATE)
    await subscribe(hub, "*")
    await hub.submit("CREATE", entity=Reference("ORDER", ref="A"), root=None)
    assert await hub.events(type="ORCHESTRATION_AUDIT") == []
    await subscribe(hub, "audit.action")
    seq = await hub.submit("CREATE", entity=Reference("ORDER", ref="B"), root=None)
    [audit] = await hub.events(type="ORCHESTRATION_AUDIT")
    assert (audit.topic, audit.name, audit.category) == ("audit.action", "Change State", "ACTION")
    assert (audit.event_id, AUDIT_IDS.read(audit.event_id)) == (AUDIT_IDS.make(seq, 1), (seq, 1))
    assert body_of(audit)["attributes"] == [["from", "", "STRING"], ["to", "CREATED", "STRING"]]


async def subscribe(hub: Hub, topic: str) -> None:
    draft = SubscriptionDraft(destination=DestinationKind.WEBHOOK, endpoint="https://x.example", topics=(topic,))
    blank: dict[str, Any] = {"created_at": 0, "created_by": "", "updated_at": 0, "updated_by": "", "after_seq": 0}
    blank |= {"inactive_reason": "", "last_condition_error": "", "request_hash": b"", "is_confirmed": True}

    async def transaction(conn: Any) -> None:
        await table.bump(conn)
        values = {**draft.columns(), **blank, "id": topic, "tenant_id": 1, "api": Api.PUSH, "version": 1}
        await table.add(conn, values)

    await hub.database.write_queue.run(transaction)


# ---------------------------------------------------------------- waiting


async def test_a_waiter_gets_the_outcome_when_it_is_durable(hub: Hub) -> None:
    await hub.put(CREATE)
    event = hub.event("CREATE", is_sync=True)
    with hub.waiters.waiter((1, event.event_id)) as waiter:
        [seq] = await hub.send(event)
        waiting = asyncio.create_task(hub.waiters.outcome(waiter, seq=seq, timeout_s=10))
        await hub.run()
        outcome = await waiting
    assert outcome is not None
    assert (outcome.status, outcome.entity_id) == ("COMPLETE", "1234")
    assert (await hub.outcome(seq)).status == "COMPLETE"


async def test_has_waiters_is_set_as_long_as_one_caller_waits(hub: Hub) -> None:
    waiters = hub.waiters
    with waiters.waiter((1, "a")), waiters.waiter((1, "b")), waiters.waiter((1, "b")):
        assert waiters.has_waiters.is_set()
        with waiters.waiter((1, "a")):
            pass
        assert waiters.has_waiters.is_set()
    assert not waiters.has_waiters.is_set()


async def test_a_waiter_times_out_and_the_event_still_runs(hub: Hub) -> None:
    await hub.put(CREATE)
    event = hub.event("CREATE")
    with hub.waiters.waiter((1, event.event_id)) as waiter:
        [seq] = await hub.send(event)
        assert await hub.waiters.outcome(waiter, seq=seq, timeout_s=0.01) is None
    await hub.run()
    assert (await hub.outcome(seq)).status == "SUCCESS"


# ---------------------------------------------------------------- races


async def test_a_plan_on_entities_that_have_changed_since_is_planned_again(hub: Hub) -> None:
    await hub.put(CREATE, ruleset("Go", step("SetAttribute", name="n", value=1)))
    await hub.submit("CREATE")
    await hub.send(hub.event("Go"))
    stale = await hub.consumer.plan(await hub.events(name="Go"))
    await hub.run()
    await hub.submit("Go")
    with pytest.raises(LostRace):
        await hub.database.write_queue.run(stale.apply)


async def test_a_plan_that_creates_an_existing_entity_is_planned_again(hub: Hub) -> None:
    await hub.put(CREATE)
    await hub.send(hub.event("CREATE"))
    stale = await hub.consumer.plan(await hub.events(name="CREATE"))
    await hub.run()
    with pytest.raises(LostRace):
        await hub.database.write_queue.run(stale.apply)


# ---------------------------------------------------------------- definitions


async def test_versions_are_counted_and_one_is_active(hub: Hub) -> None:
    assert [await hub.put(CREATE), await hub.put(CREATE, ruleset("x"))] == [1, 2]
    assert (await hub.workflows.get(SCOPE, "ORDER")).number == 2
    first = await hub.workflows.get(SCOPE, "ORDER", 1)
    assert (first.is_active, first.created_by, len(first.workflow.rulesets)) == (False, "ada", 1)
    activated = await hub.workflows.activate(SCOPE, "ORDER", 1)
    assert (activated.number, activated.is_active) == (1, True)
    assert [each.number for each in await hub.workflows.versions(SCOPE, "ORDER", offset=0, limit=9)] == [2, 1]
    assert [each.number for each in await hub.workflows.page(SCOPE, entity_type=None, offset=0, limit=9)] == [1]
    assert await hub.put(CREATE) == 3


async def test_a_refused_workflow_is_not_stored(hub: Hub) -> None:
    with pytest.raises(InvalidInput, match=r"rules\[0\].name"):
        await hub.put(ruleset("x", step("Explode")))
    with pytest.raises(NotFound, match="Cannot find a workflow with name: ORDER"):
        await hub.workflows.get(SCOPE, "ORDER")


async def test_validate_has_the_result_of_put_and_stores_nothing(hub: Hub) -> None:
    definition: dict[str, Json] = {"entityType": "ORDER", "rulesets": [CREATE], "statuses": [{"name": "LOST"}]}
    checked = await hub.workflows.validate(SCOPE, "ORDER", definition)
    assert (checked.number, [warning.path for warning in checked.warnings]) == (
        1,
        ["statuses[0]", "rulesets[0].rules[0].props.status"],
    )
    with pytest.raises(NotFound):
        await hub.workflows.get(SCOPE, "ORDER")


async def test_two_workflows_for_the_same_entities_are_refused(hub: Hub) -> None:
    await hub.put(CREATE)
    with pytest.raises(Conflict, match="The workflow ORDER is for ORDER already"):
        await hub.put(CREATE, name="OTHER")
    await hub.put(CREATE, name="OTHER", entitySubtype="HD")
    with pytest.raises(Conflict):
        await hub.put(CREATE, name="ORDER", entitySubtype="hd")


async def test_if_match_names_the_active_version(hub: Hub) -> None:
    definition: dict[str, Json] = {"entityType": "ORDER", "rulesets": [CREATE]}
    with pytest.raises(VersionMismatch):
        await hub.workflows.put(SCOPE, "ORDER", definition, if_match=frozenset({1}))
    await hub.put(CREATE)
    await hub.workflows.put(SCOPE, "ORDER", definition, if_match=frozenset({1}))
    with pytest.raises(VersionMismatch):
        await hub.workflows.put(SCOPE, "ORDER", definition, if_match=frozenset({1}))


async def test_another_tenants_workflow_is_not_found(hub: Hub) -> None:
    await hub.put(CREATE)
    other = replace(SCOPE, tenant=2)
    for call in (
        hub.workflows.get(other, "ORDER"),
        hub.workflows.versions(other, "ORDER", offset=0, limit=1),
        hub.workflows.activate(other, "ORDER", 1),
    ):
        with pytest.raises(NotFound):
            await call
    assert await hub.workflows.page(other, entity_type=None, offset=0, limit=9) == []


async def test_entities_are_listed_the_newest_first(hub: Hub) -> None:
    await hub.put(CREATE, ruleset("Ship", step("ChangeState", status="SHIPPED")))
    names = [Reference("ORDER", ref=f"ON-{n}") for n in range(3)]
    for name in names:
        await hub.submit("CREATE", entity=name, root=name)
    await hub.submit("Ship", entity=names[0], root=names[0])

    async def refs(**filters: Any) -> list[str | None]:
        criteria = {"entity_type": None, "status": None, "retailer_id": None, "offset": 0, "limit": 9, **filters}
        async with hub.database.read() as conn:
            return [each.ref for each in await entities.page(conn, 1, **criteria)]

    assert await refs() == ["ON-2", "ON-1", "ON-0"]
    assert await refs(offset=1, limit=1) == ["ON-1"]
    assert await refs(status="SHIPPED") == ["ON-0"]
    assert await refs(entity_type="ORDER", status="CREATED") == ["ON-2", "ON-1"]
    assert await refs(retailer_id="2") == await refs(entity_type="WAVE") == []
