"""Positions as clients see them."""

import asyncio
from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidings_server.log.positions import Positions, load_positions
from tidings_server.platform.clock import Ids, ManualClock
from tidings_server.platform.errors import InvalidInput
from tidings_server.platform.sealing import Sealer
from tidings_server.storage.database import Database

POSITIONS = Positions(b"a key")
numbers = st.integers(0, 2**63 - 1)
tenants = st.integers(1, 2**31 - 1)


@given(tenants, numbers)
def test_a_printed_position_is_parsed_again(tenant: int, seq: int) -> None:
    text = POSITIONS.print(tenant, seq)

    assert POSITIONS.parse(tenant, text) == seq
    assert len(text) == 32
    assert text.isascii()
    assert not set(text) & set("/+=")


def test_a_position_does_not_reveal_its_number() -> None:
    printed = [b64decode(POSITIONS.print(1, seq), altchars="-_") for seq in (1, 2, 1_000_000)]
    assert len({len(each) for each in printed}) == 1
    assert not any(seq.to_bytes(8) in each for seq, each in zip((1, 2, 1_000_000), printed, strict=True))


@given(tenants, tenants, numbers)
def test_another_tenants_position_is_refused(tenant: int, other: int, seq: int) -> None:
    if tenant == other:
        return
    with pytest.raises(InvalidInput) as refused:
        POSITIONS.parse(other, POSITIONS.print(tenant, seq), field="startFrom")
    assert refused.value.violations[0].field == "startFrom"


@given(st.text(max_size=200) | st.from_regex(r"[A-Za-z0-9_-]{1,120}", fullmatch=True) | numbers.map(str))
def test_a_forged_position_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        POSITIONS.parse(1, text)


@given(numbers, st.data())
def test_a_changed_position_is_refused(seq: int, data: st.DataObject) -> None:
    text = POSITIONS.print(1, seq)
    at = data.draw(st.integers(0, len(text) - 1))
    changed = text[:at] + data.draw(st.sampled_from("ABCxyz019-_")) + text[at + 1 :]
    if changed != text:
        with pytest.raises(InvalidInput):
            POSITIONS.parse(1, changed)


def test_a_position_of_another_key_or_endless_is_refused() -> None:
    for text in (Positions(b"another").print(1, 5), POSITIONS.print(1, 5) + "A" * 20, "A" * 10_000):
        with pytest.raises(InvalidInput):
            POSITIONS.parse(1, text)


@given(tenants, st.text(min_size=1, max_size=300))
def test_the_position_of_a_line_is_parsed_again_by_its_tenant_and_list(tenant: int, line: str) -> None:
    text = POSITIONS.print_line(tenant, line, of="lines")

    assert POSITIONS.parse_line(tenant, text, of="lines") == line
    for other, of in ((tenant + 1, "lines"), (tenant, "other lines")):
        with pytest.raises(InvalidInput):
            POSITIONS.parse_line(other, text, of=of)


@given(st.text(max_size=200) | st.from_regex(r"[A-Za-z0-9_-]{1,120}", fullmatch=True))
def test_a_forged_position_of_a_line_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        POSITIONS.parse_line(1, text, of="lines")


async def test_all_processes_share_one_key(database: Database, clock: ManualClock) -> None:
    sealer, ids = Sealer(bytes(32)), Ids(clock)

    loaded = await asyncio.gather(*[load_positions(database, sealer, clock, ids) for _ in range(4)])

    assert {one.print(1, 7) for one in loaded} == {loaded[0].print(1, 7)}
