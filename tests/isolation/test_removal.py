"""A tenant that has something of everything is deleted, and no table has a row of it."""

import sqlite3
from contextlib import closing

from tests.e2e.instances import instance
from tests.isolation.entries import WALKED
from tests.isolation.world import World, receiver
from tests.support.waiting import blocking_until
from tidings_server.composition import tables as every_table  # noqa: F401  # declares them
from tidings_server.identity.store.tenant_deletion import TENANT, tables_of
from tidings_server.storage.tables import metadata, search_metadata

OWNER = 1
FILES = {"tidings.db": metadata, "search.db": search_metadata}


def test_nothing_is_left_of_a_deleted_tenant() -> None:
    with receiver() as url, instance(aws_endpoint_url="http://127.0.0.1:9") as started:
        world = World(started.grpc, started.rest.removeprefix("http://"), started.demo)
        for walked in WALKED:
            walked.seed(world.own, url)
        tenant = "/tidings.admin.v1.TenantService"
        assert world.call("operator", f"{tenant}/DeleteTenant", {"id": "demo"}).is_good
        shown = blocking_until(
            lambda: world.call("operator", f"{tenant}/GetTenant", {"id": "demo"}),
            lambda answer: answer.status == "NOT_FOUND",
        )
        assert not shown.is_good
        world.channel.close()
        started.stop()
        left = {}
        for name, tables in FILES.items():
            with closing(sqlite3.connect(started.data_dir / name)) as conn:
                for table in tables_of(tables):
                    which = f" WHERE {TENANT} = {OWNER}" if TENANT in table.c else ""
                    [[count]] = conn.execute(f"SELECT count(*) FROM {table.name}{which}")
                    left[table.name] = count
    assert {name: count for name, count in left.items() if count} == {}
    assert len(left) > 40
