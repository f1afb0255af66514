"""The doctor: each fault that it knows is made, and found by its number; a sound installation has none."""

import json
import re
import sqlite3
import tarfile
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.authority import Authority
from tests.support.mail_server import PASSWORD, USER, certificate, mail_server
from tidings_server import commands
from tidings_server.delivery.store.tables import delivery, subscription
from tidings_server.doctor import output
from tidings_server.doctor.examination import Examinations, examine
from tidings_server.doctor.findings import TITLES, Finding, Severity
from tidings_server.doctor.support_bundle import write_bundle
from tidings_server.identity.data_keys import DataKeys, find_master_keys
from tidings_server.log.store.tables import consumer_cursor, failed_event
from tidings_server.platform.clock import SystemClock
from tidings_server.platform.sealing import FILE as MASTER_KEY
from tidings_server.settings import Settings
from tidings_server.storage.database import Database

ROOT = Path(__file__).parents[2]
CLOCK = SystemClock()
HOUR_US = 3_600_000_000


@pytest.fixture
async def data_dir(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    made.mkdir(mode=0o700)
    database = await Database.open(f"sqlite+aiosqlite:///{made / 'tidings.db'}", clock=CLOCK)
    await DataKeys(database, await find_master_keys(database, "", made), CLOCK).load()
    await database.close()
    for path in made.iterdir():
        path.chmod(0o600)
    return made


async def worst(settings: Settings) -> dict[str, Severity]:
    """The worst severity by number, of all that is not OK."""
    found: dict[str, Severity] = {}
    for each in await examine(settings, CLOCK):
        assert each.number in TITLES
        assert (each.severity is Severity.OK) == (not each.action), "who finds something says what to do"
        found[each.number] = max(found.get(each.number, Severity.OK), each.severity)
    return {number: severity for number, severity in found.items() if severity is not Severity.OK}


def files(data_dir: Path) -> dict[str, bytes]:
    """Content by name, without what SQLite keeps beside a database that is open."""
    return {path.name: path.read_bytes() for path in data_dir.iterdir() if not path.name.endswith(("-wal", "-shm"))}


def made(data_dir: Path, **values: Any) -> Settings:
    return Settings(data_dir=data_dir, min_free_mib=0, **values)


async def written(data_dir: Path, *statements: Any) -> None:
    database = await Database.open(f"sqlite+aiosqlite:///{data_dir / 'tidings.db'}", clock=CLOCK)

    async def write(conn: AsyncConnection) -> None:
        for statement in statements:
            await conn.execute(statement)

    await database.write_queue.run(write)
    await database.close()


async def test_a_sound_installation_has_no_finding_and_is_left_as_it_is(data_dir: Path) -> None:
    before = files(data_dir)
    assert await worst(made(data_dir)) == {}
    assert files(data_dir) == before


async def test_an_installation_that_was_never_started_has_no_problem(tmp_path: Path) -> None:
    assert await worst(made(tmp_path / "none")) == {}
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("values", "numbers"),
    [
        ({"http_host": "0.0.0.0", "demo": False}, {"T201"}),
        ({"grpc_host": "::"}, {"T201", "T202"}),
        ({"http_host": "0.0.0.0", "demo": False, "max_connections": 60_000}, {"T105", "T201", "T205"}),
        ({"egress_allow": "10.0.0.0/8,0.0.0.0/0"}, {"T204"}),
        ({"egress_allow": "::/0"}, {"T204"}),
        ({"http_host": "0.0.0.0", "demo": False, "egress_allow": "169.254.0.0/16"}, {"T201", "T204"}),
        ({"smtp_url": "smtp://127.0.0.1:9"}, {"T501"}),
        ({"nats_url": "nats://127.0.0.1:9"}, {"T502"}),
        ({"database_url": "postgresql://nobody:secret@127.0.0.1:9/none"}, {"T301"}),
    ],
)
async def test_settings_that_are_not_safe_are_found(data_dir: Path, values: dict[str, Any], numbers: set[str]) -> None:
    found = await worst(made(data_dir, **values))
    assert set(found) - {"T105"} == numbers - {"T105"}


async def test_a_configuration_that_envoy_refuses_is_found(data_dir: Path) -> None:
    """The rules of the settings let none through that is known of: here they are passed over."""
    found = await worst(made(data_dir).model_copy(update={"http_host": "nowhere"}))
    assert found["T107"] is Severity.PROBLEM


async def test_a_stuck_worker_is_told_by_the_server_that_has_it(data_dir: Path) -> None:
    cases: tuple[tuple[list[str], Severity], ...] = (([], Severity.OK), (["router", "search"], Severity.PROBLEM))
    for stuck, severity in cases:
        examinations = Examinations(made(data_dir), CLOCK, stuck.copy)
        [found] = [each for each in await examinations.findings() if each.number == "T406"]
        assert found.severity is severity
        assert all(name in found.fact for name in stuck)


async def test_a_certificate_is_watched(data_dir: Path, tmp_path: Path) -> None:
    for days, severity in {-1: Severity.PROBLEM, 5: Severity.WARNING, 90: None}.items():
        cert, key = Authority().issue("server", life=timedelta(days=days)).write(tmp_path, f"for {days} days")
        found = await worst(made(data_dir, tls_cert=cert, tls_key=key))
        assert found == ({"T203": severity} if severity else {})
    cert.write_text("no certificate")
    assert await worst(made(data_dir, tls_cert=cert, tls_key=key)) == {"T203": Severity.PROBLEM}


async def test_files_that_others_can_read_are_found(data_dir: Path) -> None:
    (data_dir / MASTER_KEY).chmod(0o644)
    [found] = [each for each in await examine(made(data_dir), CLOCK) if each.severity is not Severity.OK]
    assert found.number == "T103"
    assert str(data_dir / MASTER_KEY) in found.fact


async def test_a_full_disk_is_found(data_dir: Path) -> None:
    assert await worst(Settings(data_dir=data_dir, min_free_mib=1 << 40)) == {"T104": Severity.PROBLEM}


async def test_a_missing_foreign_or_damaged_master_key_is_found(data_dir: Path) -> None:
    right = (data_dir / MASTER_KEY).read_text()
    assert await worst(made(data_dir, master_key="A" * 43)) == {"T303": Severity.PROBLEM}
    (data_dir / MASTER_KEY).write_text("nonsense")
    assert await worst(made(data_dir)) == {"T303": Severity.PROBLEM}
    (data_dir / MASTER_KEY).unlink()
    assert await worst(made(data_dir)) == {"T303": Severity.PROBLEM}
    assert not (data_dir / MASTER_KEY).exists(), "no key is made"
    assert await worst(made(data_dir, master_key=f"{'A' * 43},{right.strip()}")) == {}, "the old one still opens"


async def test_schemas_of_other_versions_are_found(data_dir: Path) -> None:
    with sqlite3.connect(data_dir / "tidings.db") as conn:
        conn.execute("INSERT INTO schema_migration VALUES ('9998', 'EXPAND', '0.1.0', '98.0', 0)")
    assert await worst(made(data_dir)) == {}, "it admits this version"
    with sqlite3.connect(data_dir / "tidings.db") as conn:
        conn.execute("INSERT INTO schema_migration VALUES ('9999', 'EXPAND', '99.0', '99.0', 0)")
    assert await worst(made(data_dir)) == {"T302": Severity.PROBLEM}
    with sqlite3.connect(data_dir / "tidings.db") as conn:
        conn.execute("DROP TABLE schema_migration")
    assert await worst(made(data_dir)) == {"T302": Severity.WARNING}, "that of 0.1.0"


async def test_a_damaged_database_is_found(data_dir: Path) -> None:
    (data_dir / "tidings.db").write_bytes(b"no database" * 1_000)
    assert await worst(made(data_dir)) == {"T301": Severity.PROBLEM}


async def test_what_waits_and_what_was_given_up_is_found(data_dir: Path) -> None:
    now = CLOCK.now_us()
    cursor = {"consumer": "router", "position": 0}
    dead = {"consumer": "loyalty", "key": "1/x", "seq": 7, "tenant_id": 1, "state": "DEAD", "attempts": 5}
    await written(
        data_dir,
        text("UPDATE log_head SET seq = 50000"),
        insert(consumer_cursor).values(cursor),
        insert(failed_event).values(dead | {"due_at": now, "error": "a reason"}),
        insert(subscription).values(_subscription(1)),
        insert(subscription).values(_subscription(2, failing_since=now - HOUR_US)),
        insert(delivery).values(_delivery(1, 1, due_at=now - HOUR_US)),
        insert(delivery).values(_delivery(2, 2, due_at=now - HOUR_US)),
        insert(delivery).values(_delivery(3, 1, state="EXPIRED", updated_at=now)),
    )
    found = await worst(made(data_dir))
    assert set(found) == {"T401", "T402", "T403", "T404", "T405"}
    facts = {each.number: each.fact for each in await examine(made(data_dir), CLOCK)}
    assert "router 50,000" in facts["T401"]
    assert "loyalty 1" in facts["T402"]
    assert facts["T403"].startswith("1 deliveries"), "those of a failing endpoint wait on purpose"
    assert "sub-2 of tenant 1" in facts["T404"]
    await written(data_dir, update(delivery).values(due_at=now + HOUR_US))
    assert "T403" not in await worst(made(data_dir))


async def test_the_log_in_at_the_mail_server_is_tried(data_dir: Path, tmp_path: Path) -> None:
    tls, authority = certificate(tmp_path)
    async with mail_server(starttls=tls, asks_login=True) as server:
        url = f"smtp://{USER}:{{password}}@127.0.0.1:{server.port}?ca_file={authority}"
        assert await worst(made(data_dir, smtp_url=url.format(password=quote(PASSWORD, safe="")))) == {}
        wrong = made(data_dir, smtp_url=url.format(password="wrong-one"))
        [found] = [each for each in await examine(wrong, CLOCK) if each.severity is not Severity.OK]
        assert found.number == "T501"
        assert "wrong-one" not in found.fact


async def test_each_kind_of_database_is_examined(empty_database_url: str, tmp_path: Path) -> None:
    database = await Database.open(empty_database_url, clock=CLOCK)
    await DataKeys(database, await find_master_keys(database, "", tmp_path), CLOCK).load()
    await database.close()
    found = {each.number: each for each in await examine(made(tmp_path, database_url=empty_database_url), CLOCK)}
    of_postgres = {"T304", "T305", "T306"} if empty_database_url.startswith("postgresql") else set()
    assert {"T301", "T302", "T303", "T401", "T402", "T403", "T404", "T405"} | of_postgres <= set(found)
    assert of_postgres or not {"T304", "T305", "T306"} & set(found)
    assert found["T304"].severity is Severity.OK if of_postgres else True


def test_every_output_has_every_finding() -> None:
    findings = [
        Finding("T101", Severity.OK, "fine"),
        Finding("T103", Severity.PROBLEM, 'a "quoted" path', "chmod"),
        Finding("T103", Severity.WARNING, "another", "chmod"),
    ]
    assert "1 problems, 1 warnings, 1 checks passed" in output.as_text(findings)
    assert [each["number"] for each in json.loads(output.as_json(findings))["findings"]] == ["T101", "T103", "T103"]
    [family] = text_string_to_metric_families(output.as_prometheus(findings))
    assert {sample.labels["number"]: sample.value for sample in family.samples} == {"T101": 0, "T103": 2}


async def test_a_support_bundle_has_no_secret(data_dir: Path, tmp_path: Path) -> None:
    secret = "correct-horse"
    settings = made(
        data_dir,
        master_key="A" * 43,
        smtp_url=f"smtp://user:{secret}@127.0.0.1:9",
        database_url=f"postgresql://user:{secret}@127.0.0.1:9/none",
        rate_limit_url=f"redis://:{secret}@127.0.0.1:9",
    )
    write_bundle(tmp_path / "bundle.tar.gz", settings, await examine(settings, CLOCK))
    with tarfile.open(tmp_path / "bundle.tar.gz") as archive:
        members = {each.name: extracted.read() for each in archive if (extracted := archive.extractfile(each))}
    assert set(members) == {f"tidings-support/{name}" for name in ("findings.json", "settings.txt", "packages.txt")}
    whole = b"".join(members.values())
    assert secret.encode() not in whole
    assert b"A" * 43 not in whole
    assert b"TIDINGS_SMTP_URL=(set, left out)" in whole
    assert (tmp_path / "bundle.tar.gz").stat().st_mode & 0o777 == 0o600


def test_the_command_ends_with_3_where_there_is_a_problem(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TIDINGS_DATA_DIR", str(data_dir))
    monkeypatch.setenv("TIDINGS_MIN_FREE_MIB", "0")
    assert commands.main(["doctor"]) == 0
    (data_dir / MASTER_KEY).chmod(0o644)
    assert commands.main(["doctor", "-o", "json"]) == 3
    assert json.loads(capsys.readouterr().out.partition("\n{")[2].join(["{", ""]))["findings"]


def _subscription(key: int, failing_since: int | None = None) -> dict[str, Any]:
    texts = ["topics", "sites", "condition", "app_id", "endpoint", "region", "access_key", "content_type"]
    texts += ["inactive_reason", "last_condition_error", "extra", "created_by", "updated_by"]
    numbers = ("created_at", "updated_at", "after_seq", "ordered_max_wait_s", "max_concurrency", "max_per_second")
    flags = ("on_create", "on_change", "on_delete", "no_callback", "ordered")
    return {
        **dict.fromkeys(texts, ""),
        **dict.fromkeys(numbers, 0),
        **dict.fromkeys(flags, False),
        "key": key,
        "id": f"sub-{key}",
        "tenant_id": 1,
        "api": 2,
        "version": 1,
        "is_active": True,
        "is_confirmed": True,
        "destination": "WEBHOOK",
        "failing_since": failing_since,
        "request_hash": b"h" * 32,
    }


def _delivery(key: int, subscription_key: int, **values: Any) -> dict[str, Any]:
    numbers = ("priority", "attempts", "tries", "due_at", "lease_until", "created_at", "updated_at")
    row = dict.fromkeys(numbers, 0) | {"id": key, "tenant_id": 1, "subscription_key": subscription_key, "seq": key}
    return row | {"replay_id": "", "state": "PENDING", "reason": ""} | values


def test_every_number_is_explained_in_the_docs() -> None:
    explained = re.findall(r"^\| (T\d{3}) \|", (ROOT / "docs" / "doctor.md").read_text(), re.MULTILINE)
    assert explained == sorted(TITLES)
