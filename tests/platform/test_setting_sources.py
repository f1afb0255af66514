"""Settings from files: which source wins, and the words for a file that cannot be used."""

from pathlib import Path

import pytest

from tidings_server import commands
from tidings_server.platform.setting_sources import SettingsFileError
from tidings_server.setting_variables import misspelt
from tidings_server.settings import Settings

KEY = "A" * 43
OTHER_KEY = "B" * 42 + "A"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_toml_file_in_the_working_directory_is_read(tmp_path: Path) -> None:
    (tmp_path / "tidings.toml").write_text('http_port = 9090\ndemo = false\naws_endpoint_url = "http://localhost:1"\n')
    settings = Settings()
    assert (settings.http_port, settings.demo, settings.aws_endpoint_url) == (9090, False, "http://localhost:1")


def test_a_file_of_lines_is_read_where_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "of.env").write_text(
        "# a comment\nTIDINGS_HTTP_PORT=9091\nexport AWS_ENDPOINT_URL='http://localhost:2'\n"
    )
    monkeypatch.setenv("TIDINGS_CONFIG", "of.env")
    assert (Settings().http_port, Settings().aws_endpoint_url) == (9091, "http://localhost:2")
    assert misspelt() == {}


def test_the_environment_wins_over_a_secret_s_file_and_that_over_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tidings.toml").write_text(f'master_key = "{OTHER_KEY}"\nhttp_port = 1\n')
    (tmp_path / "secret").write_text(f"{KEY}\n")
    assert Settings().master_key == OTHER_KEY
    monkeypatch.setenv("TIDINGS_MASTER_KEY_FILE", str(tmp_path / "secret"))
    assert Settings().master_key == KEY
    monkeypatch.setenv("TIDINGS_MASTER_KEY", OTHER_KEY)
    monkeypatch.setenv("TIDINGS_HTTP_PORT", "2")
    assert (Settings().master_key, Settings().http_port) == (OTHER_KEY, 2)
    assert misspelt() == {}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("tidings.toml", b"http_prot = 1", "http_prot' is no setting; the nearest is http_port"),
        ("tidings.toml", b"http_port = ", "is no TOML file: at"),
        ("tidings.toml", b"\xff\xfe", "cannot be read: UnicodeDecodeError"),
        ("tidings.toml", b"#" * 70_000, "larger than 65,536 bytes"),
        ("of.env", b"TIDINGS_HTTP_PROT=1", "'TIDINGS_HTTP_PROT' is no setting; the nearest is TIDINGS_HTTP_PORT"),
        ("none.toml", None, "cannot be read: FileNotFoundError"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes | None, words: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    monkeypatch.setenv("TIDINGS_CONFIG", name)
    with pytest.raises(SettingsFileError) as refused:
        Settings()
    assert words in str(refused.value)
    assert name in str(refused.value)


def test_a_missing_secret_s_file_and_a_bad_secret_in_one_end_the_command_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TIDINGS_MASTER_KEY_FILE", str(tmp_path / "none"))
    assert commands.main(["doctor"]) == 2
    assert capsys.readouterr().err == (
        f"tidings-server: TIDINGS_MASTER_KEY_FILE: {tmp_path / 'none'} cannot be read: FileNotFoundError\n"
    )
    (tmp_path / "none").write_text("a bad secret")
    assert commands.main(["doctor"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("tidings-server: TIDINGS_MASTER_KEY: must be 32 bytes")
    assert "a bad secret" not in said


@pytest.mark.parametrize(("name", "line"), [("tidings.toml", "http_port = 9090"), ("of.env", "TIDINGS_HTTP_PORT=9090")])
def test_a_byte_order_mark_before_a_file_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, line: str
) -> None:
    (tmp_path / name).write_text(f"\ufeff{line}\n")
    (tmp_path / "secret").write_text(f"\ufeff{KEY}\n")
    monkeypatch.setenv("TIDINGS_CONFIG", name)
    monkeypatch.setenv("TIDINGS_MASTER_KEY_FILE", str(tmp_path / "secret"))
    assert (Settings().http_port, Settings().master_key) == (9090, KEY)


@pytest.mark.parametrize(("host", "listened_on"), [("localhost", "127.0.0.1"), ("::", "::"), ("10.0.0.7", "10.0.0.7")])
def test_envoys_address_is_one(monkeypatch: pytest.MonkeyPatch, host: str, listened_on: str) -> None:
    monkeypatch.setenv("TIDINGS_HTTP_HOST", host)
    assert Settings().http_host == listened_on


@pytest.mark.parametrize("host", ["nowhere.example", "127.0.0.1:8080", "10.0.0.0/8", ""])
def test_a_name_is_no_address_of_envoys(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], host: str
) -> None:
    monkeypatch.setenv("TIDINGS_HTTP_HOST", host)
    assert commands.main(["doctor"]) == 2
    assert "TIDINGS_HTTP_HOST: must be an IP address such as 127.0.0.1" in capsys.readouterr().err
