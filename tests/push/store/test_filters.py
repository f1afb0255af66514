"""Filters and orders on both databases."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import pytest
from sqlalchemy import BigInteger, Boolean, Column, Integer, MetaData, String, Table, Text, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from tidings_server.platform.clock import to_us
from tidings_server.platform.errors import InvalidInput
from tidings_server.push.store.filters import Comparison, FieldType, FilterField, FilterFields, Operator, Ordering

metadata = MetaData()
thing = Table(
    "thing",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("id", String(32)),
    Column("name", Text),
    Column("size", Integer),
    Column("is_new", Boolean),
    Column("made_at", BigInteger),
    Column("topics", Text),
    Column("sites", Text),
)
FIELDS = FilterFields(
    {
        "id": FilterField(thing.c.id, FieldType.GUID),
        "name": FilterField(thing.c.name),
        "size": FilterField(thing.c.size, FieldType.NUMBER),
        "isNew": FilterField(thing.c.is_new, FieldType.FLAG),
        "audit.madeDate": FilterField(thing.c.made_at, FieldType.INSTANT),
        "topics": FilterField(thing.c.topics, is_list=True),
        "sites.id": FilterField(thing.c.sites, FieldType.NUMBER, is_list=True),
    }
)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ROWS = [
    (1, "0f" * 16, "Red_shoe", 10, True, to_us(NOON) + 123_456, '["order.opened", "cart.created"]', "[1, 2]"),
    (2, "ab" * 16, "red%hat", 20, False, to_us(NOON) + 124_000, '["order.*"]', "[]"),
    (3, "cd" * 16, "REDXSHOE", -5, True, to_us(NOON) + 86_400_000_000, "[]", "[12]"),
]


@pytest.fixture
async def things(database_url: str) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(database_url)
    async with engine.begin() as conn:
        await conn.run_sync(metadata.create_all)
        await conn.execute(insert(thing), [dict(zip(thing.c.keys(), row, strict=True)) for row in ROWS])
        yield conn
    await engine.dispose()


async def found(conn: AsyncConnection, *comparisons: Comparison) -> list[int]:
    chosen = select(thing.c.key).where(*FIELDS.where(comparisons)).order_by(thing.c.key)
    return list((await conn.execute(chosen)).scalars())


@pytest.mark.parametrize(
    ("field", "operator", "value", "keys"),
    [
        ("id", "eq", "0F0F0F0F-0F0F-0F0F-0F0F-0F0F0F0F0F0F", [1]),
        ("ID", "sw", "AB", [2]),
        ("name", "eq", "RED_SHOE", [1]),
        ("name", "ne", "red_shoe", [2, 3]),
        ("name", "sw", "red", [1, 2, 3]),
        ("name", "sw", "red_", [1]),
        ("name", "cont", "%", [2]),
        ("name", "cont", "\\", []),
        ("name", "gt", "red%hat", [1, 3]),
        ("size", "ge", "10", [1, 2]),
        ("size", "lt", "-4", [3]),
        ("size", "ne", "999999999999999999", [1, 2, 3]),
        ("isnew", "eq", "TRUE", [1, 3]),
        ("isNew", "ne", "true", [2]),
        ("audit.madedate", "eq", "2026-01-01T12:00:00.123Z", [1]),
        ("audit.madeDate", "ne", "2026-01-01T12:00:00.123Z", [2, 3]),
        ("audit.madeDate", "gt", "2026-01-01T12:00:00.123z", [2, 3]),
        ("audit.madeDate", "le", "2026-01-01T12:00:00.123", [1]),
        ("audit.madeDate", "lt", "2026-01-01T13:00:00.124+01:00", [1]),
        ("audit.madeDate", "ge", "2026-01-02", [3]),
        ("topics", "eq", "ORDER.OPENED", [1]),
        ("topics", "sw", "order.", [1, 2]),
        ("topics", "cont", '", "', []),
        ("topics", "ne", "order.*", [1]),
        ("sites.id", "eq", "2", [1]),
        ("sites.id", "gt", "1", [1, 3]),
    ],
)
async def test_a_comparison_finds(
    things: AsyncConnection, field: str, operator: str, value: str, keys: list[int]
) -> None:
    assert await found(things, Comparison(field, Operator(operator), value)) == keys


async def test_all_comparisons_must_hold(things: AsyncConnection) -> None:
    red, new = Comparison("name", Operator.SW, "red"), Comparison("isNew", Operator.EQ, "true")
    assert await found(things, red, new, Comparison("size", Operator.GT, "0")) == [1]


@pytest.mark.parametrize(
    ("orderings", "keys"),
    [
        ([Ordering("size")], [3, 1, 2]),
        ([Ordering("SIZE", descending=True)], [2, 1, 3]),
        ([Ordering("isNew"), Ordering("audit.madeDate", descending=True)], [2, 3, 1]),
    ],
)
async def test_an_order_is_kept(things: AsyncConnection, orderings: Sequence[Ordering], keys: list[int]) -> None:
    chosen = select(thing.c.key).order_by(*FIELDS.order_by(orderings))
    assert list((await things.execute(chosen)).scalars()) == keys


@pytest.mark.parametrize(
    ("field", "operator", "value"),
    [
        ("nosuch", "eq", "1"),
        ("size", "eq", "big"),
        ("size", "eq", "1.5"),
        ("size", "eq", "1" * 19),
        ("size", "eq", "²"),
        ("size", "cont", "1"),
        ("isNew", "eq", "yes"),
        ("isNew", "gt", "true"),
        ("audit.madeDate", "eq", "yesterday"),
        ("audit.madeDate", "eq", "2026-02-30"),
        ("audit.madeDate", "sw", "2026-01-01"),
        ("sites.id", "eq", "one"),
    ],
)
def test_a_comparison_that_cannot_be_is_refused(field: str, operator: str, value: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        FIELDS.where([Comparison(field, Operator(operator), value)])
    assert caught.value.violations[0].field == "filter"


def test_an_unknown_field_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match=r"there is no field nosuch here; there are \w+, "):
        FIELDS.where([Comparison("nosuch", Operator.EQ, "1")])


@pytest.mark.parametrize("field", ["nosuch", "topics"])
def test_an_order_that_cannot_be_is_refused(field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        FIELDS.order_by([Ordering(field)])
    assert caught.value.violations[0].field == "sortBy"
