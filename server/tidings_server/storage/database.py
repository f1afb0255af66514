"""The open database: readers, the write queue, the head and the cache of the log, and their background tasks."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar

from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from tidings_server.platform.clock import Clock, wall_us
from tidings_server.storage import schema
from tidings_server.storage.database_errors import raising_faults, refused, unreachable
from tidings_server.storage.database_tasks import DatabaseTasks, OnDeath
from tidings_server.storage.disk_space import DiskSpace
from tidings_server.storage.log.cache import LogCache, ShardedLogCache
from tidings_server.storage.log.head import LogHeads
from tidings_server.storage.log.head_reading import as_of_now, follow_others, follow_wall, follow_writes, read_heads
from tidings_server.storage.log.shards import in_shard, shard_of
from tidings_server.storage.notices import Notices
from tidings_server.storage.postgresql.append import append_in_one_statement
from tidings_server.storage.postgresql.engine import postgres_engine
from tidings_server.storage.postgresql.notices import PostgresNotices
from tidings_server.storage.shared_look import SharedLook
from tidings_server.storage.sqlite.checkpoint import Checkpointer
from tidings_server.storage.sqlite.engines import (
    WRITE_LOCK,
    DirectoryLock,
    WriteLock,
    inline_reader_engine,
    reader_engine,
    writer_engine,
)
from tidings_server.storage.sqlite.notices import SocketNotices
from tidings_server.storage.sqlite.prepared import PreparedReads
from tidings_server.storage.sqlite.search_file import open_search
from tidings_server.storage.transactions import PostgresWriter, SqliteWriter, Transaction, Writer
from tidings_server.storage.write_queue import WriteQueue

HEAD_NOTICE = "head"
SEARCH_FILE = "search.db"

T = TypeVar("T")


class Database:
    """An open database; `Database.open` makes one, `close` ends it.

    `path` is the file of an embedded one, else None. `write_queue` carries out every write. `heads` are how far each
    shard of the log reaches, `log_cache` has the last events. `search_writer` writes the search projection, which on
    SQLite is a file of its own that may be deleted while no server runs. `notices` go to the other processes; None
    where there can be none. `look` tells idle workers whether others have given them something to do.
    """

    def __init__(
        self,
        dialect: Literal["sqlite", "postgresql"],
        *,
        readers: AsyncEngine,
        search_readers: AsyncEngine,
        search_writer: Writer,
        write_queue: WriteQueue,
        heads: LogHeads,
        log_cache: LogCache,
        resources: AsyncExitStack,
        look: SharedLook,
        path: Path | None = None,
        prepared: PreparedReads | None = None,
        notices: Notices | None = None,
        beside: Writer | None = None,
    ) -> None:
        self.dialect = dialect
        self.path = path
        self.write_queue = write_queue
        self.heads = heads
        self.log_cache = log_cache
        self.search_writer = search_writer
        self.notices = notices
        self.look = look
        self._readers = readers
        self._prepared = prepared
        self._search_readers = search_readers
        self._beside = beside
        self._resources = resources

    @staticmethod
    async def open(
        url: str,
        *,
        clock: Clock,
        on_death: OnDeath | None = None,
        min_free_mib: int = 0,
        shards: int = 0,
        is_shared: bool = False,
    ) -> "Database":
        """Open the database that `url` names, see that its schema fits and start the write queue.

        An embedded database is brought up to date. In PostgreSQL only an empty one gets its tables: others may use it.
        `is_shared`: other processes of this machine may open an embedded one too, those that say the same.

        `on_death` is called when a task without which nothing can be written has died: the process must stop then.
        `shards` are those of the log on PostgreSQL, see `schema.admit`.
        Appends are refused while the disk of an embedded database has less than `min_free_mib` left.
        Raises StartRefused when another process holds an embedded database, this version cannot run on the schema, or
        the database cannot be reached or is none.
        """
        async with AsyncExitStack() as resources:
            try:
                if make_url(url).get_backend_name() == "sqlite":
                    path = Path(make_url(url).database or "")
                    return await _open_sqlite(
                        path, resources, clock=clock, min_free_mib=min_free_mib, on_death=on_death, is_shared=is_shared
                    )
                return await _open_postgres(url, resources, clock=clock, on_death=on_death, shards=shards)
            except unreachable() as error:
                raise refused(error) from error

    @property
    def shards(self) -> int:
        """The number of shards of the log when this process was started."""
        return len(self.heads)

    @property
    def is_shared(self) -> bool:
        """Whether other processes may have this database open, too."""
        return self.notices is not None

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection for short reads. Raises Unavailable, from its first statement on, when the database fails.

        Each statement is a transaction of its own, on both databases, so that none stays open: use one statement where
        two facts must agree, and keyset pages where there is much. No statement may take longer than 250 ms.
        """
        return _reading(self._readers)

    async def run_beside_queue(self, transaction: Transaction[T]) -> T:
        """Carry out a write that must not wait behind the queue's, such as a heartbeat's; between processes alone.

        On PostgreSQL each of its statements is a transaction of its own. It may be lost in a power cut.
        """
        if self._beside is None:
            async with _reading(self._readers) as conn:
                return await transaction(conn)
        with raising_faults():
            return await self._beside.run(transaction, is_repeatable=True)

    def read_inline(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """The same for a few rows found by their keys, and nothing else may be awaited meanwhile.

        On SQLite they are read where the caller stands: a change of threads, for which all threads wait that
        want the interpreter, costs more than such a read. The event loop is held as long.
        """
        return self._prepared or _reading(self._readers)

    def read_search(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """The same for the search projection."""
        return _reading(self._search_readers)

    async def close(self) -> None:
        """Finish the queued writes, refuse later ones, and close every file, thread and connection."""
        await self._resources.aclose()


@asynccontextmanager
async def _reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    with raising_faults():
        async with engine.connect() as conn:
            yield conn


async def _open_sqlite(
    path: Path,
    resources: AsyncExitStack,
    *,
    clock: Clock,
    min_free_mib: int,
    on_death: OnDeath | None,
    is_shared: bool,
) -> Database:
    directory = DirectoryLock(path.parent, is_shared=is_shared)
    resources.callback(directory.release)

    def lock() -> WriteLock:
        return WriteLock(path.with_name(WRITE_LOCK) if is_shared else None)

    writer = SqliteWriter(writer_engine(path), "write_queue", lock())
    resources.push_async_callback(writer.close)
    now_us = clock.now_us()
    await writer.run(lambda conn: schema.upgrade(conn, now_us, is_alone=directory.is_first))
    search_path = path.with_name(SEARCH_FILE)
    search_writer = await open_search(search_path, is_alone=directory.is_first)
    resources.push_async_callback(search_writer.close)
    if is_shared:
        directory.share()
    readers, search_readers, inline_reader = reader_engine(path), reader_engine(search_path), inline_reader_engine(path)
    prepared, checkpointer = PreparedReads(inline_reader), Checkpointer(path, clock, lock=lock())
    for end in (inline_reader.dispose, prepared.close, readers.dispose, search_readers.dispose):
        resources.push_async_callback(end)
    resources.push_async_callback(checkpointer.close)
    reading = await writer.run(read_heads)
    clock.follow(max(wall_us(), reading.at_us))
    heads, log_cache = LogHeads(reading.seqs), LogCache()
    notices = beside = None
    if is_shared:
        notices = SocketNotices(path.parent, clock)
        resources.callback(notices.close)
        notices.subscribe(HEAD_NOTICE, lambda content: heads.advance(int(content)))
        beside = SqliteWriter(writer_engine(path), "beside_queue", lock())
        resources.push_async_callback(beside.close)
    write_queue = WriteQueue(
        writer,
        clock=clock,
        heads=heads,
        log_cache=log_cache,
        space=DiskSpace(path.parent, min_free_mib, clock),
        shares_commits=True,
        between=checkpointer.between,
        on_append=partial(_tell_head, notices) if notices else None,
    )
    tasks = DatabaseTasks(write_queue, on_death)
    resources.push_async_callback(tasks.stop)
    tasks.add(checkpointer.run())
    tasks.add(follow_wall(clock))
    look = SharedLook(clock, "sqlite", commits=None if is_shared else lambda: write_queue.commits)
    tasks.add(follow_writes(prepared, heads, look, clock))
    if notices:
        tasks.add(notices.run())
    return Database(
        "sqlite",
        readers=readers,
        search_readers=search_readers,
        search_writer=search_writer,
        write_queue=write_queue,
        heads=heads,
        log_cache=log_cache,
        notices=notices,
        beside=beside,
        look=look,
        path=path,
        prepared=prepared,
        resources=resources.pop_all(),
    )


async def _open_postgres(
    url: str, resources: AsyncExitStack, *, clock: Clock, on_death: OnDeath | None, shards: int
) -> Database:
    engine = postgres_engine(url)
    resources.push_async_callback(engine.dispose)
    readers = postgres_engine(url).execution_options(isolation_level="AUTOCOMMIT")
    resources.push_async_callback(readers.dispose)
    listener = postgres_engine(url, pool=1).execution_options(isolation_level="AUTOCOMMIT")
    resources.push_async_callback(listener.dispose)
    writer = PostgresWriter(engine)
    now_us = clock.now_us()
    await writer.run(lambda conn: schema.admit(conn, now_us, shards))
    began = clock.monotonic()
    reading = await writer.run(read_heads)
    clock.follow(as_of_now(reading, clock.monotonic() - began))
    heads, look = LogHeads(reading.seqs), SharedLook(clock, "postgresql")
    log_cache = ShardedLogCache(len(heads)) if len(heads) > 1 else LogCache()
    notices = PostgresNotices(listener, clock)
    for shard in range(len(heads)):
        notices.subscribe(in_shard(HEAD_NOTICE, shard), lambda content: heads.advance(int(content)))
    write_queue = WriteQueue(
        writer,
        clock=clock,
        heads=heads,
        log_cache=log_cache,
        space=DiskSpace(None, 0, clock),
        shares_commits=False,
        append=lambda appends, now_us: writer.run_apart(
            lambda conn: append_in_one_statement(conn, appends, now_us=now_us)
        ),
        on_append=partial(_tell_head, notices),
    )
    tasks = DatabaseTasks(write_queue, on_death)
    resources.push_async_callback(tasks.stop)
    tasks.add(follow_others(readers, heads, notices, look, clock))
    tasks.add(notices.run())
    return Database(
        "postgresql",
        readers=readers,
        search_readers=readers,
        search_writer=writer,
        write_queue=write_queue,
        heads=heads,
        log_cache=log_cache,
        notices=notices,
        look=look,
        resources=resources.pop_all(),
    )


def _tell_head(notices: Notices, seq: int) -> None:
    notices.send(in_shard(HEAD_NOTICE, shard_of(seq)), str(seq))
