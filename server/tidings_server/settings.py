"""Every setting, from the environment with the prefix `TIDINGS_`. The only module that reads the environment.

README's table of settings is made from this class.
"""

from email.headerregistry import Address
from email.utils import parseaddr
from ipaddress import ip_network
from pathlib import Path

from pydantic import AliasChoices, Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from tidings_server.smtp_url import SmtpUrl


class Settings(BaseSettings):
    """One running instance. All ports can be changed, so that several instances run side by side."""

    model_config = SettingsConfigDict(env_prefix="TIDINGS_", frozen=True, extra="ignore")

    http_port: int = Field(8080, ge=0, le=65535, description="Port of Envoy: the REST paths of all dialects.")
    http_host: str = Field("127.0.0.1", description="Address that Envoy listens on.")
    grpc_port: int = Field(50051, ge=0, le=65535, description="Port of the gRPC server.")
    grpc_host: str = Field("127.0.0.1", description="Address that the gRPC server listens on.")
    max_concurrent_rpcs: int = Field(
        2_000, ge=1, le=100_000, description="RPCs and streams that run at once; more are refused with 429."
    )
    metrics_port: int = Field(9464, ge=0, le=65535, description="Loopback port of Prometheus `/metrics`.")
    data_dir: Path = Field(Path(".tidings"), description="Directory of everything that the embedded default stores.")
    database_url: str = Field("", description="SQLAlchemy URL; empty: SQLite in the data directory.")
    master_key: str = Field(
        "", repr=False, description="32 bytes in URL-safe base64; empty: `master.key` in the data directory."
    )
    egress_allow: str = Field("", description="Comma list of CIDRs that outgoing calls may reach although private.")
    aws_endpoint_url: str = Field(
        "", validation_alias=AliasChoices("AWS_ENDPOINT_URL"), description="AWS endpoint, as boto3 reads it."
    )
    demo: bool = Field(True, description="A new installation gets the tenant `demo` with credentials of every kind.")
    token_life_s: int = Field(18_000, ge=60, le=86_400, description="Life of an access token, in seconds.")
    retention_days: int = Field(0, ge=0, description="Days that events are kept; 0: for ever.")
    min_free_mib: int = Field(256, ge=0, description="Free disk below which writes are refused with 503, in MiB.")
    retry_first_s: float = Field(5.0, gt=0, description="First pause of a failed delivery, in seconds.")
    retry_cap_s: float = Field(3_600.0, gt=0, description="Longest pause between two tries, in seconds.")
    retry_flat: bool = Field(False, description="Retry every `retry_first_s` instead of doubling.")
    retry_for_s: float = Field(1_209_600.0, gt=0, description="A delivery expires after this long, in seconds.")
    deactivate_after_s: float = Field(
        432_000.0, gt=0, description="An endpoint that only failed for this long is deactivated."
    )
    orchestration_max_count: int = Field(
        100, ge=1, le=5_000, description="Most events a page of `/api/v4.1/event`; above it a search is refused."
    )
    orchestration_window_bounds: bool = Field(
        False, description="Refuse searches of `/api/v4.1/event` from over 4 months ago, or to over 1 month ahead."
    )
    smtp_url: str = Field(
        "",
        repr=False,
        description="Mail server, `smtp://user:password@host:587` or `smtps://…:465`; empty: mail is captured.",
    )
    sendgrid_api_key: str = Field("", repr=False, description="Mail goes to SendGrid with this key, not by SMTP.")
    sendgrid_url: str = Field("https://api.sendgrid.com", description="Base of SendGrid's API; Europe has another.")
    mail_from: str = Field("Tidings <tidings@localhost.localdomain>", description="Sender of all mail.")
    mail_templates: Path | None = Field(None, description="Directory of own templates, `<template_id>.html.j2` etc.")
    mail_connections: int = Field(16, ge=1, le=256, description="Connections at once to the mail server or service.")
    low_stock_at: int = Field(5, ge=1, description="LOW_STOCK: a quantity that falls to this or below.")
    scheduling_per_minute: int = Field(
        200, ge=1, le=1_000_000, description="Requests of one credential to `/v1/events` in a minute."
    )
    rate_limit_url: str = Field(
        "", repr=False, description="Where all processes count requests, `redis://host:6379`; empty: each by itself."
    )
    run_days: int = Field(90, ge=0, description="Days that ended runs of schedules are kept; 0: for ever.")
    envoy_concurrency: int = Field(1, ge=1, le=64, description="Worker threads of Envoy.")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")
    log_format: str = Field("json", pattern="^(json|console)$", description="`json` or `console`.")
    otlp_endpoint: str = Field(
        "",
        validation_alias=AliasChoices("OTEL_EXPORTER_OTLP_ENDPOINT"),
        description="OpenTelemetry collector; empty: no traces are sent.",
    )
    failpoint: str = Field("", description="Tests only: die at this named place (see failpoints.py).")

    @field_validator("egress_allow")
    @classmethod
    def _cidrs(cls, value: str) -> str:
        for part in filter(None, (part.strip() for part in value.split(","))):
            ip_network(part, strict=False)
        return value

    @field_validator("smtp_url")
    @classmethod
    def _smtp(cls, value: str) -> str:
        if value:
            SmtpUrl.parse(value)
        return value

    @field_validator("sendgrid_api_key")
    @classmethod
    def _one_way(cls, value: str, info: ValidationInfo) -> str:
        if value and info.data.get("smtp_url"):
            raise ValueError("mail goes one way: set this or TIDINGS_SMTP_URL")
        return value

    @field_validator("sendgrid_url")
    @classmethod
    def _http(cls, value: str) -> str:
        if not value.startswith(("https://", "http://")):
            raise ValueError("a URL such as https://api.sendgrid.com")
        return value

    @field_validator("mail_templates")
    @classmethod
    def _directory(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_dir():
            raise ValueError("a directory that is there")
        return value

    @field_validator("mail_from")
    @classmethod
    def _sender(cls, value: str) -> str:
        _address(value)
        return value

    @property
    def smtp_server(self) -> SmtpUrl | None:
        """Where mail is handed in, if it goes by SMTP."""
        return SmtpUrl.parse(self.smtp_url) if self.smtp_url else None

    @property
    def mail_sender(self) -> Address:
        """Who all mail is from."""
        return _address(self.mail_from)

    @property
    def sqlalchemy_url(self) -> str:
        """The URL in the form the async engine takes."""
        if not self.database_url:
            return f"sqlite+aiosqlite:///{self.data_dir.absolute() / 'tidings.db'}"
        scheme, _, rest = self.database_url.partition("://")
        driver = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
        return f"{driver.get(scheme, scheme)}://{rest}"


def _address(text: str) -> Address:
    """Raises ValueError for what is not one address, with or without a name."""
    name, address = parseaddr(text)
    if not address or "@" not in address or not text.isprintable():
        raise ValueError("one address such as Shop <shop@example.com>")
    return Address(name, addr_spec=address)


def table() -> str:
    """Every setting as a row of a Markdown table: its variable, its default, what it is."""
    rows = ["| variable | default | what |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        variable = str(alias.choices[0]) if isinstance(alias, AliasChoices) else f"TIDINGS_{name.upper()}"
        default = "" if field.default in ("", None) else f"`{field.default}`"
        rows.append(f"| `{variable}` | {default} | {field.description} |")
    return "\n".join(rows)
