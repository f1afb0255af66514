"""One address at its share of the REST connections changes nothing for another."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from tests.edge.conftest import Fronted, fronting
from tests.support.waiting import until
from tidings_server.edge.connection_shares import ConnectionShares
from tidings_server.platform.clock import SystemClock
from tidings_server.platform.open_connections import open_connections, share_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

MOST = 20
REQUEST = b"GET /version HTTP/1.1\r\nhost: localhost\r\n\r\n"
ATTACKER, OTHER = "127.0.0.1", "127.0.0.2"


@pytest_asyncio.fixture(loop_scope="session")
async def own() -> AsyncIterator[Fronted]:
    async with fronting() as fronted:
        yield fronted


async def answered(stack: AsyncExitStack, port: int, address: str) -> bool:
    """Whether a connection from an address gets any answer; it stays open until the stack ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
    stack.callback(writer.close)
    writer.write(REQUEST)
    try:
        return (await reader.read(12)).startswith(b"HTTP/1.1")
    except ConnectionError:
        return False


async def test_who_has_the_share_gets_no_more_and_others_do(own: Fronted) -> None:
    shares = ConnectionShares(own.config.refused_addresses, port=own.edge.port, most=MOST, clock=SystemClock())
    async with AsyncExitStack() as others, AsyncExitStack() as attack:
        assert all([await answered(attack, own.edge.port, ATTACKER) for _ in range(MOST)])
        assert await shares.run_once() == frozenset()
        assert await answered(attack, own.edge.port, ATTACKER)
        assert await shares.run_once() == frozenset()
        assert await shares.run_once() == {ATTACKER}

        async def is_refused() -> bool:
            async with AsyncExitStack() as stack:
                return not await answered(stack, own.edge.port, ATTACKER)

        await until(is_refused, bool)
        assert await answered(others, own.edge.port, OTHER)
        await attack.aclose()

        async def is_served() -> bool:
            await shares.run_once()
            async with AsyncExitStack() as stack:
                return await answered(stack, own.edge.port, ATTACKER)

        await until(is_served, bool)


HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
LOCAL = "0" * 32
TCP6 = HEAD + "".join(
    f" {number}: {LOCAL}:1F90 {address}:C350 {state} 00000000:00000000 00:00000000 00000000 0 0 1\n"
    for number, (address, state) in enumerate(
        [
            ("B80D0120000000000000000001000000", "01"),
            ("B80D0120000000000000000002000000", "08"),
            ("0000000000000000FFFF00000100007F", "01"),
            ("00000000000000000000000000000000", "0A"),
            ("B80D0120000000000000000003000000", "06"),
        ]
    )
)


async def test_a_network_of_ipv6_is_one_address(tmp_path: Path) -> None:
    (tmp_path / "tcp6").write_text(TCP6)
    (tmp_path / "sockstat6").write_text("TCP6: inuse 9\n")
    networks = [each.network for each in open_connections(8080, tmp_path)]
    assert networks == ["2001:db8::/64", "2001:db8::/64", "127.0.0.1"]
    assert not list(open_connections(80, tmp_path))
    shares = ConnectionShares(tmp_path / "refused", port=8080, most=1, clock=SystemClock(), proc=tmp_path)
    assert [await shares.run_once() for _ in range(2)] == [frozenset(), {"2001:db8::/64"}]


async def test_where_the_kernel_has_no_list_nobody_is_refused(tmp_path: Path) -> None:
    shares = ConnectionShares(tmp_path / "refused", port=8080, most=0, clock=SystemClock(), proc=tmp_path)
    assert await shares.run_once() == frozenset()


async def test_a_share_is_a_quarter_and_at_least_fifty() -> None:
    assert (share_of(10_000), share_of(40)) == (2_500, 50)
