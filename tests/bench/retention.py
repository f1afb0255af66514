"""Retention: events a second that are removed with all that belongs to them, on both databases."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tests.bench.old_events import LIMIT_S
from tests.bench.processes import Answer, done
from tests.bench.report import Row
from tests.bench.world import World
from tests.support.postgres import running_cluster

TENANTS: Final = 10


def measure(world: World) -> list[Row]:
    """A log of old events on each database, which has nothing else to do; PostgreSQL runs on the same cores."""
    with _sqlite(world) as url:
        sqlite = _removed(world, url)
    with running_cluster() as cluster:
        postgres = _removed(world, cluster.url(cluster.create()))
    return [
        Row(
            what="removed by retention, SQLite",
            figure=f"{_rate(sqlite):,.0f} events/s",
            notes=("each with a delivery, its attempt and a row of the search",),
        ),
        Row(
            what="removed by retention, PostgreSQL",
            figure=f"{_rate(postgres):,.0f} events/s",
            against=f"SQLite {_rate(sqlite):,.0f} events/s",
            ratio=f"{_rate(postgres) / _rate(sqlite):.2f}",
            notes=(
                f"{postgres['wal'] / postgres['events']:,.0f} bytes of WAL an event, without full pages and vacuum",
            ),
        ),
    ]


@contextmanager
def _sqlite(world: World) -> Iterator[str]:
    data = world.directory / "retention"
    data.mkdir()
    yield f"sqlite+aiosqlite:///{data / 'tidings.db'}"


def _removed(world: World, url: str) -> Answer:
    job = {"url": url, "events": world.scale.backlog, "tenants": TENANTS}
    return done("tests.bench.old_events", job, directory=world.directory, within_s=LIMIT_S)


def _rate(removed: Answer) -> float:
    return float(removed["events"] / removed["seconds"])
