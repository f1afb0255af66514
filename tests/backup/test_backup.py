"""Backups: what an archive holds, and which archives and places are refused with which words."""

import io
import json
import sqlite3
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from pyrage import x25519

from tests.support.aws import Aws
from tidings_server.backup.backup import BackupJob, back_up
from tidings_server.backup.errors import BackupRefused
from tidings_server.backup.report import Report
from tidings_server.backup.restore import RestoreJob, restore
from tidings_server.identity.data_keys import DataKeys, find_master_keys
from tidings_server.platform.clock import SystemClock
from tidings_server.platform.sealing import FILE as MASTER_KEY
from tidings_server.storage.database import Database
from tidings_server.storage.sqlite.engines import DirectoryLock, StartRefused

SILENT = Report(lambda _line: None, SystemClock())


@pytest.fixture
async def data_dir(tmp_path: Path) -> Path:
    """A server's data directory, with a file of its own beside the database."""
    made, clock = tmp_path / "data", SystemClock()
    made.mkdir()
    database = await Database.open(f"sqlite+aiosqlite:///{made / 'tidings.db'}", clock=clock)
    await DataKeys(database, await find_master_keys(database, "", made), clock).load()
    await database.close()
    (made / "letters").mkdir()
    (made / "letters" / "one.eml").write_text("Dear customer")
    return made


def taken(data_dir: Path, to: Path, *recipients: str) -> Path:
    return Path(back_up(BackupJob(data_dir, "", str(to), recipients), SystemClock(), SILENT))


def restored(source: Path | str, into: Path, identity: Path | None = None, *, is_check: bool = False) -> Path:
    restore(RestoreJob(into, "", str(source), identity, is_check=is_check), SILENT)
    return into


def test_everything_but_the_search_file_and_the_lock_comes_back_for_its_owner_alone(
    data_dir: Path, tmp_path: Path
) -> None:
    (data_dir / "search.db").write_bytes(b"built anew")
    (data_dir / "write.lock").touch()
    into = restored(taken(data_dir, tmp_path / "kept"), tmp_path / "new")
    files = {path.relative_to(into).as_posix() for path in into.rglob("*") if path.is_file()}
    assert files == {"tidings.db", MASTER_KEY, "letters/one.eml", "tidings.lock"}
    assert (into / MASTER_KEY).read_text() == (data_dir / MASTER_KEY).read_text()
    assert all((into / name).stat().st_mode & 0o777 == 0o600 for name in files - {"tidings.lock"})
    assert rows(into) == rows(data_dir) != []
    assert not list(data_dir.glob(".backup-*")), "what was made meanwhile is gone"


def test_the_newest_of_several_is_restored(data_dir: Path, tmp_path: Path) -> None:
    first = taken(data_dir, tmp_path / "kept")
    (data_dir / "letters" / "two.eml").write_text("later")
    second = taken(data_dir, tmp_path / "kept")
    assert first != second
    assert (restored(tmp_path / "kept", tmp_path / "new") / "letters" / "two.eml").read_text() == "later"


def test_a_check_keeps_nothing(data_dir: Path, tmp_path: Path) -> None:
    into = restored(taken(data_dir, tmp_path / "kept"), tmp_path / "new", is_check=True)
    assert list(into.iterdir()) == []
    restored(tmp_path / "kept", data_dir, is_check=True)  # beside data that is in use


def test_an_encrypted_archive_opens_with_its_identity_alone(data_dir: Path, tmp_path: Path) -> None:
    own, other = x25519.Identity.generate(), x25519.Identity.generate()
    archive = taken(data_dir, tmp_path / "kept", str(own.to_public()))
    assert archive.name.endswith(".tar.gz.age")
    assert b"age-encryption.org/v1" in archive.read_bytes()[:32]
    for name, identity in {"own": own, "other": other}.items():
        (tmp_path / name).write_text(f"# a comment\n{identity}\n")
    with pytest.raises(BackupRefused, match="--identity"):
        restored(archive, tmp_path / "new")
    with pytest.raises(BackupRefused, match="not encrypted for any identity"):
        restored(archive, tmp_path / "new", tmp_path / "other")
    with pytest.raises(BackupRefused, match="must hold age identities"):
        restored(archive, tmp_path / "new", data_dir / "letters" / "one.eml")
    assert rows(restored(archive, tmp_path / "new", tmp_path / "own")) == rows(data_dir)
    with pytest.raises(BackupRefused, match="must be an age public key"):
        taken(data_dir, tmp_path / "kept", "age1nonsense")


def test_a_prefix_in_s3_is_a_place(data_dir: Path, tmp_path: Path, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    job = BackupJob(data_dir, "", "s3://backups/one/two")
    with pytest.raises(BackupRefused, match="could not be written"):
        back_up(job, SystemClock(), SILENT)
    aws.client("s3").create_bucket(Bucket="backups", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    stored = back_up(job, SystemClock(), SILENT)
    assert stored.startswith("s3://backups/one/two/tidings-")
    assert rows(restored("s3://backups/one/two", tmp_path / "new")) == rows(data_dir)
    assert rows(restored(stored, tmp_path / "other")) == rows(data_dir)
    with pytest.raises(BackupRefused, match="holds no backup"):
        restored("s3://backups/elsewhere", tmp_path / "none")


def test_damage_is_found(data_dir: Path, tmp_path: Path) -> None:
    whole = taken(data_dir, tmp_path / "kept").read_bytes()
    for name, damaged in {
        "truncated": whole[: len(whole) // 2],
        "flipped": whole[: len(whole) // 2] + bytes([whole[len(whole) // 2] ^ 1]) + whole[len(whole) // 2 + 1 :],
        "empty": b"",
        "foreign": b"PK\x03\x04" + whole,
    }.items():
        path = tmp_path / f"tidings-{name}.tar.gz"
        path.write_bytes(damaged)
        with pytest.raises(BackupRefused):
            restored(path, tmp_path / name)
        assert not (tmp_path / name / "tidings.db").exists()
        assert not list((tmp_path / name).glob(".restore-*"))


@pytest.mark.parametrize("name", ["../escaped", "/absolute", "unnamed"])
def test_an_archive_writes_nothing_that_its_manifest_does_not_name(data_dir: Path, tmp_path: Path, name: str) -> None:
    path = changed(taken(data_dir, tmp_path / "kept"), lambda members: members | {name: b"evil"})
    with pytest.raises(BackupRefused, match="does not name"):
        restored(path, tmp_path / "new")
    assert not (tmp_path / "escaped").exists()


@pytest.mark.parametrize(("field", "value", "words"), [("schema_revision", "9999", "newer"), ("format", 2, "format 2")])
def test_a_backup_of_a_later_version_is_refused(
    data_dir: Path, tmp_path: Path, field: str, value: object, words: str
) -> None:
    def later(members: dict[str, bytes]) -> dict[str, bytes]:
        return members | {"manifest.json": json.dumps(json.loads(members["manifest.json"]) | {field: value}).encode()}

    with pytest.raises(BackupRefused, match=words):
        restored(changed(taken(data_dir, tmp_path / "kept"), later), tmp_path / "new")


def test_a_backup_without_its_master_key_is_none(data_dir: Path, tmp_path: Path) -> None:
    (data_dir / MASTER_KEY).rename(tmp_path / "key")
    with pytest.raises(BackupRefused, match="TIDINGS_MASTER_KEY"):
        taken(data_dir, tmp_path / "kept")
    key = (tmp_path / "key").read_text().strip()
    stored = back_up(BackupJob(data_dir, key, str(tmp_path / "kept")), SystemClock(), SILENT)
    with pytest.raises(BackupRefused, match="TIDINGS_MASTER_KEY"):
        restored(stored, tmp_path / "new")
    restore(RestoreJob(tmp_path / "new", key, stored), SILENT)
    assert not (tmp_path / "new" / MASTER_KEY).exists(), "the key stays where the operator keeps it"


def test_a_restore_never_touches_a_server_s_data(data_dir: Path, tmp_path: Path) -> None:
    archive = taken(data_dir, tmp_path / "kept")
    with pytest.raises(BackupRefused, match="exists already"):
        restored(archive, data_dir)
    (tmp_path / "other").mkdir()
    lock = DirectoryLock(tmp_path / "other")
    with pytest.raises(StartRefused, match="in use"):
        restored(archive, tmp_path / "other")
    lock.release()
    (tmp_path / "other" / MASTER_KEY).write_text("of somebody else")
    with pytest.raises(BackupRefused, match="exists already"):
        restored(archive, tmp_path / "other")
    assert (tmp_path / "other" / MASTER_KEY).read_text() == "of somebody else"


def test_a_directory_without_a_database_has_no_backup(tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match="does not exist"):
        taken(tmp_path, tmp_path / "kept")


def rows(data_dir: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(data_dir / "tidings.db") as conn:
        return conn.execute("SELECT * FROM data_key").fetchall()


def changed(path: Path, change: Callable[[dict[str, bytes]], dict[str, bytes]]) -> Path:
    """Another archive, of the changed members."""
    with tarfile.open(path) as archive:
        members = {each.name: extracted.read() for each in archive if (extracted := archive.extractfile(each))}
    target = path.with_name("tidings-changed.tar.gz")
    with tarfile.open(target, "w:gz") as archive:
        for name, content in change(members).items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return target
