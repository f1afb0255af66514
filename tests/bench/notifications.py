"""Notification jobs: how long a selection over many wishlists takes, and how many letters a second go out."""

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import grpc.aio

from tests.bench.figures import Slices
from tests.bench.prefill import connect
from tests.bench.processes import Child, running
from tests.bench.report import Row
from tests.bench.servers import CALL_S, TENANT, Server, serving
from tests.bench.world import World
from tidings.collector.v1 import jobs_pb2 as pb
from tidings.collector.v1.jobs_pb2_grpc import JobServiceStub

ITEMS = 1_000
DUE_SHARE = 100
"""One wish in so many is due where the selection is measured."""

SELECT_TO_REACH_S = 5
MAILS_TO_REACH = 1_000
RUN_S = 120.0
LOOK_EVERY_S = 0.1
WARM = 500
"""Letters that go out before their rate is taken: connections open, code is compiled."""

CUSTOMER = "INSERT INTO catalogue_customer VALUES (?, ?, ?, 'Ada', 1, 0)"
WISH = (
    "INSERT INTO wishlist_item (tenant_id, customer_id, item_id, seq, price, currency, lists)"
    " VALUES (?, ?, ?, 1, 95000, 'EUR', '')"
)
ITEM = (
    "INSERT INTO catalogue_item (tenant_id, id, product_id, name, url, image, price, currency, price_seq, price_at,"
    " first_price, quantity, places, restocked_seq, low_seq, is_deleted, changed_at) VALUES (?, ?, '', 'A lamp',"
    " 'https://shop.example/lamp', '', 90000, 'EUR', 0, 0, 95000, 30000, 1, ?, 0, 0, 0)"
)


def measure(world: World) -> list[Row]:
    """The selection first, then letters to a mail server."""
    return [_selection(world), _mails(world)]


def _selection(world: World) -> Row:
    wishlists = world.scale.wishlists
    with world.copy("selection") as data:
        _prepare(data / "tidings.db", wishlists=wishlists)
        with serving(data, world) as server:
            runs = [asyncio.run(_run(server, pb.Job.BACK_IN_STOCK)) for _ in range(world.scale.slices)]
    seconds = [_seconds(run) for run in runs]
    return Row(
        what=f"job over {wishlists:,} wishlists",
        figure=f"{max(seconds):.1f} s",
        to_reach=f"< {SELECT_TO_REACH_S} s",
        ok=max(seconds) < SELECT_TO_REACH_S,
        notes=(
            f"the first run asked for {runs[0].mailed:,} letters in {seconds[0]:.1f} s",
            f"the others found nothing new in {min(seconds[1:]):.1f} to {max(seconds[1:]):.1f} s",
        ),
    )


def _mails(world: World) -> Row:
    letters = world.scale.letters
    with world.copy("mails") as data, _sink(world, letters) as (child, port):
        _prepare(data / "tidings.db", wishlists=letters)
        with serving(data, world, settings={"TIDINGS_SMTP_URL": f"smtp://127.0.0.1:{port}"}) as server:
            cpu_s = server.child.cpu_s()
            asyncio.run(_run(server, pb.Job.REMINDER))
            at_ns = child.answer(within_s=RUN_S)["arrivals"][WARM:]
            cpu_ms = (server.child.cpu_s() - cpu_s) * 1_000 / letters
    size = len(at_ns) // world.scale.slices
    edges = [at_ns[part * size] for part in range(world.scale.slices)] + [at_ns[-1]]
    rate = Slices(tuple(size / (end - start) * 1e9 for start, end in itertools.pairwise(edges)))
    return Row(
        what="letters to a mail server",
        figure=rate.text("/s"),
        to_reach=f"≥ {MAILS_TO_REACH:,}",
        ok=rate.median >= MAILS_TO_REACH,
        notes=(
            f"{letters:,} letters of one run, rendered, in text and HTML; the sink runs on the same machine",
            f"{cpu_ms:.2f} ms of the server's processor a letter, selecting, asking and routing included",
        ),
    )


def _prepare(database: Path, *, wishlists: int) -> None:
    """A projection as the log would have made it: each customer wishes for one item, of which some are due."""
    connection = connect(database)
    connection.execute("BEGIN IMMEDIATE")
    customers = [f"c{number:07d}" for number in range(wishlists)]
    connection.executemany(CUSTOMER, ((TENANT, name, f"{name}@example.com") for name in customers))
    wishes = ((TENANT, name, f"item-{number % ITEMS}") for number, name in enumerate(customers))
    connection.executemany(WISH, wishes)
    items = ((TENANT, f"item-{number}", 2 if number % DUE_SHARE == 0 else 0) for number in range(ITEMS))
    connection.executemany(ITEM, items)
    connection.execute("COMMIT")
    connection.close()


@contextmanager
def _sink(world: World, letters: int) -> Iterator[tuple[Child, int]]:
    with running("tests.bench.smtp_sink", {"expected": letters}, directory=world.directory) as child:
        yield child, child.answer(within_s=CALL_S)["port"]


async def _run(server: Server, notification: "pb.Job.Notification.ValueType") -> Any:
    """Makes a job, runs it once, and gives the run when it has ended."""
    metadata = tuple(server.headers.items())
    async with grpc.aio.insecure_channel(server.grpc) as channel:
        jobs = JobServiceStub(channel)
        request = pb.CreateJobRequest(job=pb.Job(notification=notification))
        job = await jobs.CreateJob(request, metadata=metadata, timeout=CALL_S)
        await jobs.RunJob(pb.RunJobRequest(id=job.id), metadata=metadata, timeout=CALL_S)
        async with asyncio.timeout(RUN_S):
            while True:
                asked = pb.ListJobRunsRequest(id=job.id)
                [run] = (await jobs.ListJobRuns(asked, metadata=metadata, timeout=CALL_S)).runs
                if run.ended_at:
                    return run
                await asyncio.sleep(LOOK_EVERY_S)


def _seconds(run: Any) -> float:
    return (datetime.fromisoformat(run.ended_at) - datetime.fromisoformat(run.started_at)).total_seconds()
