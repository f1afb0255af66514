"""Certificates as they are read, and read again."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.authority import Authority
from tidings_server.platform.certificates import BadCertificate, Certificate, Certificates, Files, read
from tidings_server.platform.clock import ManualClock


@pytest.fixture
def authority() -> Authority:
    return Authority()


@pytest.fixture
def files(authority: Authority, tmp_path: Path) -> Files:
    client_ca = tmp_path / "clients.pem"
    client_ca.write_bytes(authority.certificate)
    return Files(*authority.issue("first").write(tmp_path, "server"), client_ca)


async def test_a_renewed_certificate_notifies_its_listeners(authority: Authority, files: Files, tmp_path: Path) -> None:
    certificates = Certificates(files, ManualClock())
    noticed: list[Certificate] = []
    certificates.on_change(noticed.append)
    assert not await certificates.run_once()
    second = authority.issue("second")
    second.write(tmp_path, "server")
    assert await certificates.run_once()
    assert noticed == [certificates.current]
    assert certificates.current.chain == second.certificate
    assert not await certificates.run_once()


@pytest.mark.parametrize("half", ["server.pem", "server.key"])
async def test_a_renewal_that_is_half_written_changes_nothing(
    authority: Authority, files: Files, tmp_path: Path, half: str
) -> None:
    certificates = Certificates(files, ManualClock())
    first = certificates.current
    second = authority.issue("second")
    (tmp_path / half).write_bytes(second.certificate if half.endswith("pem") else second.key)
    assert not await certificates.run_once()
    assert certificates.current == first
    second.write(tmp_path, "server")
    assert await certificates.run_once()


@pytest.mark.parametrize("name", ["server.pem", "server.key", "clients.pem"])
@pytest.mark.parametrize("content", [b"", b"no PEM", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_an_invalid_certificate_is_refused_by_its_file_name(
    files: Files, tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadCertificate, match=name):
        read(files)


async def test_a_file_that_is_gone_for_a_while_changes_nothing(files: Files) -> None:
    certificates = Certificates(files, ManualClock())
    chain = files.chain.read_bytes()
    files.chain.unlink()
    assert not await certificates.run_once()
    files.chain.write_bytes(chain)
    assert not await certificates.run_once()


@pytest.mark.parametrize(("part", "setting"), [("chain", "CERT"), ("key", "KEY"), ("client_ca", "CLIENT_CA")])
@pytest.mark.parametrize("content", [None, b"no PEM"])
def test_a_bad_file_is_named_by_its_setting(
    files: Files, tmp_path: Path, part: str, setting: str, content: bytes | None
) -> None:
    bad = tmp_path / "bad.pem"
    if content is not None:
        bad.write_bytes(content)
    with pytest.raises(BadCertificate, match=f"^TIDINGS_TLS_{setting}: {bad} "):
        read(replace(files, **{part: bad}))


def test_the_key_is_not_shown(files: Files) -> None:
    assert "PRIVATE" not in repr(read(files))
