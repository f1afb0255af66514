"""Every statement names its tenant, but for those that across.py lists with the reason why not."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.sql.expression import ClauseElement

from tests.isolation.across import is_across
from tests.isolation.entries import ENTRIES, WALKED
from tests.isolation.entry import Names
from tests.isolation.statements import Statement, loose_tables, watched
from tests.isolation.world import World, receiver, refilled
from tidings_server.app import running
from tidings_server.delivery.store import tables as delivery_tables
from tidings_server.identity.store import tables as identity_tables
from tidings_server.settings import Settings
from tidings_server.storage.log import tables


async def test_every_statement_keeps_to_a_tenant(tmp_path: Path) -> None:
    with watched() as seen, receiver() as url:
        settings = Settings(
            data_dir=tmp_path,
            http_port=0,
            grpc_port=0,
            metrics_port=0,
            egress_allow="127.0.0.0/8",
            aws_endpoint_url="http://127.0.0.1:9",
            min_free_mib=0,
            failed_logins_per_minute=100_000,
        )
        async with running(settings, has_edge=False) as process:
            assert process.demo is not None
            await asyncio.to_thread(walk, f"127.0.0.1:{process.grpc_port}", process.demo, url)
    loose = [each for each in seen.values() if each.loose and not is_across(each.origin)]
    assert not loose, told(loose)
    assert len(seen) > 100


def walk(server: str, demo: Mapping[str, Any], url: str) -> None:
    """Every RPC of the tenants, asked by an owner and by a stranger."""
    world = World(server, "", demo)
    for walked in WALKED:
        owned = walked.seed(world.own, url)
        for path in sorted(walked.by_path(), key=ends_it):
            entry = ENTRIES[path]
            request = refilled(entry.request, owned)
            world.call("another tenant", path, request)
            if isinstance(entry, Names):
                world.call("owner", path, request)
    world.channel.close()


def ends_it(path: str) -> bool:
    """Order of the calls: those that remove the resources of others come last."""
    return path.rpartition("/")[2].startswith(("Delete", "Archive", "Void"))


def told(loose: list[Statement]) -> str:
    return "\n".join(f"{each.origin}: {sorted(each.loose)}\n    {each.text[:300]!r}" for each in loose)


@pytest.mark.parametrize(
    ("statement", "loose"),
    [
        (select(tables.event), {"event"}),
        (select(tables.event.c.seq).where(tables.event.c.seq == 1), {"event"}),
        (select(tables.event).where(tables.event.c.tenant_id == 1), set()),
        (select(identity_tables.tenant), set()),
        (update(delivery_tables.subscription).values(is_active=False), {"subscription"}),
        (delete(delivery_tables.subscription).where(delivery_tables.subscription.c.tenant_id.in_([1])), set()),
        (insert(identity_tables.retailer).values(tenant_id=1, id="1", name="x"), set()),
        (select(tables.event.c.tenant_id).where(tables.event.c.api == 1), {"event"}),
    ],
    ids=str,
)
def test_the_check_reports_statements_without_a_tenant(statement: ClauseElement, loose: set[str]) -> None:
    assert loose_tables(statement) == loose
