"""Rows with the extreme values that their columns hold: every list, search and read of every API answers.

No store writes such values today; a row of an older version, or of a mended fault, must make no read fail.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping

import pytest
from sqlalchemy import BigInteger, Boolean, Column, Integer, SmallInteger, String, Table, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tests.conftest import KINDS
from tests.e2e.instances import Instance, instance
from tests.isolation.contract import BINDINGS, OPERATORS, TENANTS, Binding
from tests.isolation.entries import ENTRIES, WALKED
from tests.isolation.entries.loyalty import CUSTOMER
from tests.isolation.entry import NOUN, Fields
from tests.isolation.test_walk import BY_PATH
from tests.isolation.world import OPERATOR, OWNER, World, receiver, refilled
from tests.support.waiting import blocking_until
from tidings_server.composition import tables as every_table  # noqa: F401  # declares them
from tidings_server.rpc.method import rpc_of
from tidings_server.storage.tables import metadata

READS = ("List", "Search", "Get", "Preview", "Pull", "Export")
NOT_READ = ("XmlService/GetXml", "/ListUserScheduledEvents")
"""The same reads in another form, and as another caller."""
ADMIN = "tidings.admin.v1"

INTERNAL = frozenset(
    """
    config_version consumer_cursor failed_event idempotency log_head process sent_notification server_key shard_head
    shared_count tenant_quota tenant_usage work_lease
    """.split()  # noqa: SIM905 - as a list it would be many lines
)
"""Tables of the server's own bookkeeping, which no read shows."""

LINKS = frozenset(
    """
    action_type active after_seq api api_key application audience catch_up cause cause_id cause_number correlation_id
    credential.expires_at credential.name credential.revoked_at credit data_source debit deleted_at destination
    endpoint entity.subtype entity_id entity_ref entity_subtype entity_type event.category event.name event.source
    event_id from_seq id id_hash inactivity is_start issuer jwks_url key kind latest lease_owner master notification
    number old_secret_hash order_key outcome overlap position priority ref ref_hash replay_id reserved_id retailer_id
    root_id root_ref root_type ruleset schedule schedule.subject schedule_expression secret_hash seq site_id state
    status store_id tenant.name tenant_id time_zone to_seq topic trigger_type type user_id workflow workflow.name
    """.split()  # noqa: SIM905 - as a list it would be many lines
)
"""Columns by which a row is found or told apart: another value is another row, or none."""

STRUCTURED = frozenset(
    """
    action answer_metadata attributes audits chain changed condition data definition draws extra facts fulfilments
    grants lists profile record sites timing topics trigger
    """.split()  # noqa: SIM905 - as a list it would be many lines
)
"""Texts that have a form of their own, which their gate has checked."""

PERSON = {"customer_ids": [CUSTOMER]}
MANY = 100
"""Columns that are written at least."""

STRANGE = "\U0001f600\u202e\x01\x7f\ufffe\u2028é<&>\"'\\{{ }}${x}%s\r\n\t"


def extremes(column: "Column[object]") -> Iterator[object]:
    """The extreme values of a column: the least and the most, none, and texts that are empty, long and strange."""
    kind = column.type
    if isinstance(kind, Boolean):
        yield from (False, True)
    elif isinstance(kind, Integer):
        bits = 15 if isinstance(kind, SmallInteger) else 63 if isinstance(kind, BigInteger) else 31
        yield from (-(2**bits), 2**bits - 1, 0)
    elif isinstance(kind, String):
        length = kind.length or 70_000
        yield from ("", (STRANGE * length)[:length])
    if column.nullable:
        yield None


def written(table: Table) -> Iterator["Column[object]"]:
    for column in table.columns:
        is_named = {column.name, f"{table.name}.{column.name}"} & LINKS
        is_link = is_named or column.name.endswith("_key") or column.primary_key or column.foreign_keys
        if not is_link and column.name not in STRUCTURED and not column.name.startswith(("is_", "on_")):
            yield column


def spoil(url: str, place: int) -> int:
    """Writes the extreme of that place to every column that takes it; gives how many took it."""

    async def written() -> int:
        engine = create_async_engine(url)
        try:
            return await _spoil(engine, place)
        finally:
            await engine.dispose()

    return asyncio.run(written())


async def _spoil(engine: AsyncEngine, place: int) -> int:
    taken = 0
    for table in metadata.sorted_tables:
        if table.name in INTERNAL:
            continue
        for column in written(table):
            values = list(extremes(column))
            if not values:
                continue
            try:
                async with engine.begin() as conn:
                    spoilt = await conn.execute(update(table).values({column: values[place % len(values)]}))
                    taken += spoilt.rowcount > 0
            except DBAPIError:  # a CHECK, or sums in one that overflow: the column cannot hold it
                continue
    return taken


def reads(paths: list[str]) -> list[str]:
    return [path for path in paths if path.rpartition("/")[2].startswith(READS) and not path.endswith(NOT_READ)]


class Reader:
    """Reads everything there is, over gRPC and REST, as the owner and as the operator."""

    def __init__(self, world: World, owned: Mapping[str, Mapping[str, str]], erasure: str) -> None:
        self.world = world
        self._owned = owned
        self._erasure = erasure

    def failures(self) -> list[str]:
        found = []
        for path in reads(TENANTS):
            walked = BY_PATH[path]
            ids = {noun: self._owned[walked.package][noun] for noun in NOUN.findall(str(ENTRIES[path].request))}
            found += self._asked(OWNER, path, refilled(ENTRIES[path].request, ids))
        for path in reads(OPERATORS):
            found += self._asked(OPERATOR, path, self._operators(path))
        return found

    def _operators(self, path: str) -> Fields:
        named: dict[str, object] = {
            "tenant_id": "demo",
            "id": self._erasure if "Erasure" in path else "demo",
            "page_size": 500,
        }
        if path.endswith("GetCredential"):
            listed = self.world.call(OPERATOR, f"/{ADMIN}.CredentialService/ListCredentials", {"tenant_id": "demo"})
            named["id"] = json.loads(listed.text)["credentials"][0]["id"]
        if path.endswith("ExportPerson"):
            named["person"] = PERSON
        known = rpc_of(path).request.DESCRIPTOR.fields_by_name
        return {name: value for name, value in named.items() if name in known}

    def _asked(self, caller: str, path: str, request: Fields) -> list[str]:
        answers = {"gRPC": self.world.call(caller, path, request)}
        for binding in self._paths(path):
            answers[str(binding)] = self.world.ask(caller, binding, request)
        return [
            f"{path} {way}: {answer.status} {answer.text[:300]}"
            for way, answer in answers.items()
            if not answer.is_good
        ]

    @staticmethod
    def _paths(path: str) -> list[Binding]:
        return [each for each in BINDINGS if each.rpc.path == path]


def seeded(world: World, url: str) -> Mapping[str, Mapping[str, str]]:
    """The owner's things, and what only comes of time: runs, mails, failures."""
    owned = {walked.package: dict(walked.seed(world.own, url)) for walked in WALKED}
    event = owned["tidings.scheduling.v1"]["scheduled event"]
    world.own("/tidings.scheduling.v1.ScheduledEventService/RunScheduledEvent", {"id": event})
    world.own("/tidings.collector.v1.JobService/RunJob", {"id": owned["tidings.collector.v1"]["job"]})
    blocking_until(lambda: world.own("/tidings.collector.v1.MailService/ListMails", {}).get("mails"), bool)
    return owned


def faults(server: Instance) -> str:
    """What the server has logged of its faults."""
    lines = [line.replace("\\n", "\n") for line in server.log.splitlines() if "Traceback" in line]
    return "\n".join(lines[-5:])[-6_000:]


@pytest.fixture(scope="module", params=KINDS)
def stopped(request: pytest.FixtureRequest) -> Iterator[tuple[Instance, Reader, str]]:
    """A server that was filled and stopped, its reader, and the URL of its database."""
    database_url = ""
    if request.param == "postgresql":
        cluster = request.getfixturevalue("postgres")
        database_url = cluster.url(cluster.create())
    with receiver() as url, instance(aws_endpoint_url="http://127.0.0.1:9", database_url=database_url) as started:
        world = World(started.grpc, started.rest.removeprefix("http://"), started.demo)
        owned = seeded(world, url)
        person = {"tenant_id": "demo", "person": {"customer_ids": ["nobody"]}}
        erased = json.loads(world.call(OPERATOR, f"/{ADMIN}.PersonService/ErasePerson", person).text)
        read = Reader(world, owned, erased["id"])
        assert read.failures() == [], "before anything is written"
        started.stop()
        yield started, read, database_url or f"sqlite+aiosqlite:///{started.data_dir / 'tidings.db'}"
        world.channel.close()


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_every_read_answers(stopped: tuple[Instance, Reader, str], place: int) -> None:
    server, read, database_url = stopped
    assert spoil(database_url, place) > MANY
    server.start()
    try:
        read.world.move(server.grpc, server.rest.removeprefix("http://"))
        failures = read.failures()
        assert failures == [], faults(server)
    finally:
        server.stop()
