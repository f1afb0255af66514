"""Secrets stay readable while data keys and master keys change under a running server."""

import os
import stat
from base64 import urlsafe_b64encode
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.installation import Installation
from tidings_server.identity.data_keys import ANNOUNCED_US, DataKeys
from tidings_server.platform.errors import WrongState
from tidings_server.platform.sealing import MasterKeys, SealBroken, Sealer, master_keys
from tidings_server.storage.sqlite.engines import StartRefused

A, B = os.urandom(32), os.urandom(32)
ANNOUNCED = timedelta(microseconds=ANNOUNCED_US)


async def started(installation: Installation, *masters: bytes) -> DataKeys:
    keys = DataKeys(installation.database, MasterKeys(masters), installation.clock)
    await keys.load()
    return keys


async def test_a_secret_sealed_by_one_process_is_opened_by_another(empty: Installation) -> None:
    first, second = await started(empty, A), await started(empty, A)
    assert second.sealer.open(first.sealer.seal("hush", context="x"), context="x") == "hush"


async def test_a_new_data_key_seals_when_every_process_knows_it(empty: Installation) -> None:
    first, second = await started(empty, A), await started(empty, A)
    old = first.sealer.seal("old", context="x")
    made = await first.rotate()
    assert (made.number, made.state) == (2, "ANNOUNCED")
    assert first.sealer.seal("x", context="x")[1:5] == old[1:5]
    empty.clock.advance(ANNOUNCED)
    await first._read()
    await second._read()
    new = first.sealer.seal("new", context="x")
    assert new[1:5] == (2).to_bytes(4, "big")
    assert [key.state for key in second.listed()] == ["SEALING", "OPENING"]
    assert (second.sealer.open(old, context="x"), second.sealer.open(new, context="x")) == ("old", "new")


async def test_a_master_key_is_changed_in_three_steps_and_nothing_stops(empty: Installation) -> None:
    """Every process knows both; the new one is first; the old one is gone."""
    running = await started(empty, A)
    sealed = running.sealer.seal("hush", context="x")
    await started(empty, A, B)
    turned = await started(empty, B, A)
    assert {key.master for key in turned.listed()} == {MasterKeys([B]).fingerprint}
    assert running.sealer.open(sealed, context="x") == "hush"
    alone = await started(empty, B)
    assert alone.sealer.open(sealed, context="x") == "hush"
    with pytest.raises(StartRefused):
        await started(empty, A)


async def test_the_embedded_master_key_is_changed_while_the_server_runs(empty: Installation, tmp_path: Path) -> None:
    if empty.database.dialect != "sqlite":
        return
    masters = master_keys("", tmp_path)
    keys = DataKeys(empty.database, masters, empty.clock)
    await keys.load()
    before = masters.fingerprint
    sealed = keys.sealer.seal("hush", context="x")
    fingerprint, count = await keys.renew_master()
    assert (fingerprint != before, count) == (True, 1)
    assert keys.sealer.open(sealed, context="x") == "hush"
    file = tmp_path / "master.key"
    assert len(file.read_text().split()) == 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = DataKeys(empty.database, master_keys("", tmp_path), empty.clock)
    await again.load()
    assert again.sealer.open(sealed, context="x") == "hush"


async def test_a_crash_while_the_master_key_changes_loses_nothing(empty: Installation, tmp_path: Path) -> None:
    masters = master_keys("", tmp_path)
    keys = DataKeys(empty.database, masters, empty.clock)
    await keys.load()
    sealed = keys.sealer.seal("hush", context="x")
    masters.renew()  # and here it dies: the file has both, the database the old one's
    again = DataKeys(empty.database, master_keys("", tmp_path), empty.clock)
    await again.load()
    assert again.sealer.open(sealed, context="x") == "hush"


async def test_a_master_key_of_the_operators_is_the_operators_to_change(empty: Installation) -> None:
    keys = await started(empty, A)
    with pytest.raises(WrongState):
        await keys.renew_master()


@pytest.mark.parametrize("spoil", [0, 3, 8, 20, -1])
def test_a_sealed_value_that_was_touched_does_not_open(spoil: int) -> None:
    sealed = bytearray(Sealer(A).seal("hush", context="x"))
    sealed[spoil] ^= 1
    with pytest.raises(SealBroken):
        Sealer(A).open(bytes(sealed), context="x")


@pytest.mark.parametrize("bad", [b"", b"\x02", b"\x02\x00\x00\x00\x01short"])
def test_a_ciphertext_that_is_too_short_does_not_open(bad: bytes) -> None:
    with pytest.raises(SealBroken):
        Sealer(A).open(bad, context="x")


def test_a_value_for_another_row_does_not_open() -> None:
    with pytest.raises(SealBroken):
        Sealer(A).open(Sealer(A).seal("hush", context="row/1"), context="row/2")


def test_the_master_key_comes_from_the_setting_or_the_file(tmp_path: Path) -> None:
    texts = ",".join(urlsafe_b64encode(key).decode() for key in (A, B))
    assert master_keys(texts, tmp_path).fingerprint == MasterKeys([A]).fingerprint
    assert not (tmp_path / "master.key").exists()
    made = master_keys("", tmp_path)
    assert made.fingerprint == master_keys("", tmp_path).fingerprint
    with pytest.raises(ValueError, match="32 bytes"):
        master_keys("c2hvcnQ", tmp_path)
