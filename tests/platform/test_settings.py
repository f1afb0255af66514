"""Every setting refuses what it cannot be: one line with the variable and the rule, never the value, no traceback."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pytest

from tidings_server.commands import main
from tidings_server.platform.setting_sources import variable
from tidings_server.settings import Settings

SECRET: Final = "hunter2-hunter2"
HUGE: Final = "9" * 30
URLS: Final = (SECRET, "https://", "https://[::1", "https://h:99999", "https://a b", "https://a\nb")
NO_DIRECTORY: Final = ("/etc/passwd", "/etc/passwd/below", "a\nb")
TEXTS: Final[Mapping[str, Sequence[str]]] = {
    "TIDINGS_HTTP_HOST": ("", SECRET, "h:80", "256.0.0.1"),
    "TIDINGS_GRPC_HOST": ("", "a b", "http://h", "h:80", "é", "-", "a" * 300),
    "TIDINGS_METRICS_HOST": ("", "a b", "http://h", "h:80", "\n"),
    "TIDINGS_DATA_DIR": ("", *NO_DIRECTORY),
    "TIDINGS_EDGE_DIR": NO_DIRECTORY,
    "TIDINGS_MAIL_TEMPLATES": ("/nowhere", "/etc/passwd"),
    "TIDINGS_DATABASE_URL": (SECRET, "mysql://a/b", f"postgresql://u:{SECRET}@h:port/x", "postgresql://"),
    "TIDINGS_MASTER_KEY": (SECRET, "A" * 44 + "," + SECRET, "é"),
    "TIDINGS_EGRESS_ALLOW": (SECRET, "10.0.0.0/99"),
    "TIDINGS_EGRESS_REFUSE": (SECRET, "::/129"),
    "TIDINGS_PROXY_NETWORKS": (SECRET, "10.0.0.0/8;10.0.0.0/9"),
    "TIDINGS_CORS_ORIGINS": (SECRET, "https://a.example/path", "*"),
    "TIDINGS_ARCHIVE_TO": ("http://x", "s3://", "s3:///x", "s3://B", "gs://bucket/x", "/etc/passwd"),
    "TIDINGS_SMTP_URL": (SECRET, "smtp://", "smtp://h:99999", "http://h"),
    "TIDINGS_SENDGRID_API_KEY": ("a\tb", "é", "a\nb"),
    "TIDINGS_SENDGRID_URL": URLS,
    "TIDINGS_PUBLIC_URL": URLS,
    "TIDINGS_UNSUBSCRIBE_URL": (*URLS, "https://h/{nosuch}", "https://h/{", "https://h/{0.__class__}"),
    "TIDINGS_RATE_LIMIT_URL": (SECRET, "redis://", "redis://h:0", "http://h"),
    "TIDINGS_NATS_URL": (SECRET, "nats://", "nats://h:99999", "nats://h,http://h"),
    "TIDINGS_MAIL_FROM": ("", SECRET, "http://u:p@h:1/", "a@b\nBcc: c@d", "a@", "@b"),
    "TIDINGS_LOG_LEVEL": ("", "loud"),
    "TIDINGS_LOG_FORMAT": ("", "xml"),
    "TIDINGS_ROLE": ("", "master"),
    "TIDINGS_EDGE": ("", "maybe"),
    "TIDINGS_TLS_CERT": ("/nowhere.pem", "/etc"),
    "TIDINGS_TLS_KEY": ("/nowhere.pem", "/etc"),
    "TIDINGS_TLS_CLIENT_CA": ("/nowhere.pem", "/etc"),
    "TIDINGS_FAILPOINT": ("a:b", "a:0", "a:1:go", "a b"),
    "AWS_ENDPOINT_URL": URLS,
    "OTEL_EXPORTER_OTLP_ENDPOINT": ("ftp://h", "https://", "h:99999", "a b"),
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": ("ftp://h",),
    "OTEL_EXPORTER_OTLP_PROTOCOL": ("http/json",),
    "OTEL_SERVICE_NAME": ("a\nb", "é"),
}
OF_TYPES: Final[Mapping[object, Sequence[str]]] = {
    int: ("", "x", "1.5", "-1", HUGE, "1e3"),
    float: ("", "x", "-1", "0", "nan", "inf", "1e300", "1e-300"),
    bool: ("", "maybe"),
}
ELSEWHERE: Final = {"TIDINGS_ARCHIVE_RECIPIENTS": "age's own library reads them, in tests/backup"}


def _cases() -> list[tuple[str, str]]:
    found = [(name, value) for name, values in TEXTS.items() for value in values]
    for name, field in Settings.model_fields.items():
        found += [(variable(name, field), value) for value in OF_TYPES.get(field.annotation, ())]
    return found


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("name", "value"), _cases(), ids=lambda each: each[:40])
def test_a_bad_setting_is_one_line_with_its_name_and_its_rule_and_not_its_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert main(["serve"]) == 2
    [line] = capsys.readouterr().err.splitlines()  # on the other stream there may be logs of servers on other threads
    assert line.startswith(f"tidings-server: {name}: ")
    assert not [text for text in ("Value error", SECRET, HUGE) if text in line]


def test_every_setting_has_bad_values_here() -> None:
    tried = {name for name, _ in _cases()} | ELSEWHERE.keys()
    assert {variable(name, field) for name, field in Settings.model_fields.items()} - tried == set()


@pytest.mark.parametrize("name", ["TIDINGS_EDGE_DIR", "TIDINGS_MAIL_TEMPLATES", "TIDINGS_TLS_CERT", "TIDINGS_TLS_KEY"])
def test_an_empty_path_is_none_and_not_the_working_directory(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "")
    assert getattr(Settings(), name.removeprefix("TIDINGS_").lower()) is None


def test_the_collector_of_traces_may_have_no_scheme(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317")
    assert Settings().otlp_endpoint == "collector:4317"


@pytest.mark.parametrize("seq", ["-1", "x", "1.5", "9" * 30, "\u0663"])
def test_a_relay_is_rewound_to_a_number_that_an_event_can_have(capsys: pytest.CaptureFixture[str], seq: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["rewind-relay", "--", seq])
    assert "argument seq: must be a whole number" in capsys.readouterr().err
