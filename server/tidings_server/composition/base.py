"""Foundation of a process: database, clock, keys, positions, read at the start."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from tidings_server.composition.public_base import PublicBase
from tidings_server.identity.data_keys import DataKeys, find_master_keys
from tidings_server.identity.tokens import Tokens
from tidings_server.log.positions import Positions, load_positions
from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.sealing import Sealer
from tidings_server.settings import Settings
from tidings_server.storage.database import Database
from tidings_server.workflow.audit_ids import AuditIds, load_audit_ids

Worker = Callable[[], Coroutine[Any, Any, None]]
"""A loop that runs until it is cancelled."""


@dataclass(frozen=True, slots=True)
class ProcessBase:
    """Objects that all others need; their keys have been read from the database."""

    database: Database
    clock: Clock
    ids: Ids
    data_keys: DataKeys
    sealer: Sealer
    tokens: Tokens
    positions: Positions
    audit_ids: AuditIds
    public_base: PublicBase


async def make_base(settings: Settings, database: Database, *, clock: Clock, ids: Ids) -> ProcessBase:
    """Read the keys, and create them in a new database."""
    masters = await find_master_keys(database, settings.master_key, settings.data_dir)
    data_keys = DataKeys(database, masters, clock)
    await data_keys.load()
    sealer = data_keys.sealer
    life_s, key_days = settings.token_life_s, settings.signing_key_days
    tokens = Tokens(database, sealer=sealer, clock=clock, ids=ids, life_s=life_s, key_days=key_days)
    await tokens.load()
    positions = await load_positions(database, sealer, clock, ids)
    audit_ids = await load_audit_ids(database, sealer, clock, ids)
    return ProcessBase(database, clock, ids, data_keys, sealer, tokens, positions, audit_ids, PublicBase(settings))
