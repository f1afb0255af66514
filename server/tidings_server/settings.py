"""Every setting, from the environment with the prefix `TIDINGS_`, files of secrets and a configuration file.

The table of docs/settings.md is made from this class, by `setting_variables`.
"""

import os
from email.headerregistry import Address
from pathlib import Path
from typing import Self

from pydantic import AliasChoices, Field, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from tidings_server.platform import failpoints, setting_rules
from tidings_server.platform.certificates import Files
from tidings_server.platform.sealing import is_master_key
from tidings_server.platform.setting_rules import Count, Days, Mib, Seconds, address, is_loopback, listed
from tidings_server.platform.setting_sources import SettingFiles, variable
from tidings_server.platform.smtp_url import SmtpUrl


class Settings(BaseSettings):
    """One running instance. All ports can be changed, so that several instances run side by side."""

    model_config = SettingsConfigDict(env_prefix="TIDINGS_", frozen=True, extra="ignore")

    http_port: int = Field(8080, ge=0, le=65535, description="Port of Envoy: the REST paths of all dialects.")
    http_host: setting_rules.IpAddress = Field("127.0.0.1", description="Address that Envoy listens on.")
    grpc_port: int = Field(50051, ge=0, le=65535, description="Port of the gRPC server.")
    grpc_host: setting_rules.Host = Field("127.0.0.1", description="Address that the gRPC server listens on.")
    max_concurrent_rpcs: int = Field(
        2_000, ge=1, le=100_000, description="RPCs and streams that run at once; then 429."
    )
    metrics_port: int = Field(9464, ge=0, le=65535, description="Port of Prometheus `/metrics`.")
    metrics_host: setting_rules.Host = Field("127.0.0.1", description="Address that `/metrics` listens on.")
    data_dir: setting_rules.Directory = Field(
        Path(".tidings"), description="Directory of everything that the embedded default stores."
    )
    database_url: setting_rules.DatabaseUrl = Field(
        "", description="SQLAlchemy URL; empty: SQLite in the data directory."
    )
    master_key: str = Field(
        "",
        repr=False,
        description="32 bytes in URL-safe base64, then, after commas, those before; empty: `master.key` in the data.",
    )
    egress_allow: setting_rules.Networks = Field(
        "", description="Comma list of CIDRs that outgoing calls may reach although private."
    )
    egress_refuse: setting_rules.Networks = Field(
        "", description="Comma list of CIDRs that outgoing calls never reach, such as your own public addresses."
    )
    aws_endpoint_url: str = Field(
        "", validation_alias=AliasChoices("AWS_ENDPOINT_URL"), description="AWS endpoint, as boto3 reads it."
    )
    demo: bool = Field(True, description="A new installation gets the tenant `demo` with credentials of every kind.")
    token_life_s: int = Field(18_000, ge=60, le=86_400, description="Life of an access token, in seconds.")
    signing_key_days: Days = Field(90, description="Days until a new key signs access tokens; 0: never.")
    tenant_events_per_second: int = Field(
        0, ge=0, le=1_000_000, description="Events a second of one tenant without a quota of its own; 0: no limit."
    )
    tenant_subscriptions: int = Field(
        10_000, ge=1, le=1_000_000, description="Subscriptions of one tenant without a quota of its own."
    )
    tenant_storage_mib: Mib = Field(
        0, description="Size of all events of one tenant without a quota of its own, in MiB; 0: no limit."
    )
    retention_days: Days = Field(0, description="Days that events are kept; 0: for ever.")
    archive_to: setting_rules.ArchivePlace = Field(
        "", description="Where events go that are removed: a directory, `s3://bucket/prefix`, or empty."
    )
    archive_recipients: str = Field("", description="Comma list of age public keys that archived events are for.")
    count_days: Days = Field(92, ge=1, description="Days that counts of events and deliveries by hour are kept.")
    min_free_mib: Mib = Field(256, description="Free disk below which writes are refused with 503, in MiB.")
    retry_first_s: Seconds = Field(5.0, description="First pause of a failed delivery, in seconds.")
    retry_cap_s: Seconds = Field(3_600.0, description="Longest pause between two tries, in seconds.")
    retry_flat: bool = Field(False, description="Retry every `retry_first_s` instead of doubling.")
    retry_for_s: Seconds = Field(1_209_600.0, description="A delivery expires after this long, in seconds.")
    deactivate_after_s: Seconds = Field(
        432_000.0, description="An endpoint that only failed for this long is deactivated."
    )
    orchestration_max_count: int = Field(
        100, ge=1, le=5_000, description="Most events a page of `/api/v4.1/event`; above it a search is refused."
    )
    orchestration_window_bounds: bool = Field(
        False, description="Refuse searches of `/api/v4.1/event` from over 4 months ago, or to over 1 month ahead."
    )
    smtp_url: setting_rules.MailServer = Field(
        "",
        repr=False,
        description="Mail server, `smtp://user:password@host:587` or `smtps://…:465`; empty: mail is captured.",
    )
    sendgrid_api_key: setting_rules.Printable = Field(
        "", repr=False, description="Mail goes to SendGrid with this key, not by SMTP."
    )
    sendgrid_url: str = Field("https://api.sendgrid.com", description="Base of SendGrid's API; Europe has another.")
    mail_from: setting_rules.Sender = Field(
        "Tidings <tidings@localhost.localdomain>", description="Sender of all mail."
    )
    public_url: str = Field("", description="Base URL at which recipients of mail reach REST; empty: this machine.")
    unsubscribe_url: str = Field("", description="Opt-out page of your own, with `{customer}`, `{email}`.")
    mail_templates: setting_rules.DirectoryThere | None = Field(
        None, description="Directory of own templates, `<template_id>.html.j2` etc."
    )
    mail_connections: int = Field(16, ge=1, le=256, description="Connections at once to the mail server or service.")
    low_stock_at: Count = Field(5, description="LOW_STOCK: a quantity that falls to this or below.")
    scheduling_per_minute: int = Field(
        200, ge=1, le=1_000_000, description="Requests of one credential to `/v1/events` in a minute."
    )
    rate_limit_url: str = Field(
        "", repr=False, description="Where all processes count requests, `redis://host:6379`; empty: each by itself."
    )
    nats_url: str = Field(
        "", repr=False, description="NATS servers for the log as a stream, `nats://host:4222,…`; see docs/jetstream.md."
    )
    nats_replicas: int = Field(1, ge=1, le=5, description="Copies of the stream when it is made: 3 in a NATS cluster.")
    nats_mib: Mib = Field(1_024, ge=1, description="Size of the stream when it is made; the oldest events go first.")
    run_days: Days = Field(90, description="Days that ended runs of schedules are kept; 0: for ever.")
    envoy_concurrency: int = Field(1, ge=1, le=64, description="Worker threads of Envoy.")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="DEBUG, INFO, WARNING or ERROR.")
    log_format: str = Field("auto", pattern="^(auto|json|console)$", description="`json`, `console` or `auto`.")
    otlp_endpoint: str = Field(
        "",
        validation_alias=AliasChoices("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"),
        description="OpenTelemetry collector; empty: no traces are sent.",
    )
    otlp_protocol: str = Field(
        "grpc",
        pattern="^(grpc|http/protobuf)$",
        validation_alias=AliasChoices("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"),
        description="`grpc` or `http/protobuf`; the SDK reads the other `OTEL_*` variables itself.",
    )
    service_name: setting_rules.Printable = Field(
        "", validation_alias=AliasChoices("OTEL_SERVICE_NAME"), description="Service in traces."
    )
    tls_cert: setting_rules.FileThere | None = Field(
        None, description="PEM certificate chain of both ports; read again when it changes."
    )
    tls_key: setting_rules.FileThere | None = Field(
        None, description="PEM private key of `TIDINGS_TLS_CERT`, not encrypted."
    )
    tls_client_ca: setting_rules.FileThere | None = Field(
        None, description="PEM certificates; only clients with a certificate that one of them signed are let in."
    )
    trusted_proxies: int = Field(
        0, ge=0, le=16, description="Proxies before Envoy that set `X-Forwarded-For`: whose word for an address counts."
    )
    proxy_networks: setting_rules.Networks = Field(
        "", description="CIDRs of proxies: bounds by address then go by `X-Forwarded-For`."
    )
    failed_logins_per_minute: Count = Field(
        20, description="Bad credentials of one address (IPv6: /64) in a minute; then new ones are refused, 429."
    )
    max_connections: Count = Field(10_000, description="Connections of REST, and of gRPC; per address a quarter.")
    envoy_heap_mib: Mib = Field(
        1_024,
        ge=64,
        description="Memory of Envoy in MiB; near it the largest requests end, then new ones are refused.",
    )
    max_streams: Count = Field(500, description="Event streams that are open at once; more are refused with 429.")
    cors_origins: setting_rules.Origins = Field(
        "", description="Comma list of origins whose pages may call REST, such as `https://shop.example`; empty: none."
    )
    # ---- processes
    role: str = Field(
        "all",
        pattern="^(all|api|worker|migrate)$",
        description="`api` serves, `worker` does what follows, `all` both; `migrate` upgrades the database and ends.",
    )
    workers: int = Field(
        1, ge=1, le=64, description="Above 1: so many `api` processes behind one Envoy, as many workers (SQLite: one)."
    )
    shards: int = Field(0, ge=0, le=32, description="Shards of the log on PostgreSQL; 0: as it is, 8 if new.")
    grpc_shared: bool = Field(False, description="Other processes of this machine listen on the gRPC port, too.")
    edge: str = Field(
        "on", pattern="^(on|off)$", description="`off`: you run Envoy; see `tidings-server envoy-config`."
    )
    edge_dir: setting_rules.Directory | None = Field(
        None, description="Directory of its sockets then; empty: `edge` in the data."
    )
    failpoint: str = Field(
        "", pattern=failpoints.FORM, description="Tests only: die at this named place (see failpoints.py)."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, and that over files."""
        variables = {name: variable(name, field) for name, field in cls.model_fields.items()}
        return init_settings, env_settings, SettingFiles(settings_cls, variables, os.environ)

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("master_key")
    @classmethod
    def _keys(cls, value: str) -> str:
        if value and not all(map(is_master_key, value.split(","))):
            raise ValueError("must be 32 bytes in URL-safe base64, then, after commas, those before")
        return value

    @model_validator(mode="after")
    def _together(self) -> Self:
        if (self.tls_cert is None) != (self.tls_key is None) or (self.tls_client_ca and self.tls_cert is None):
            raise ValueError("TIDINGS_TLS_CERT and TIDINGS_TLS_KEY go together; TIDINGS_TLS_CLIENT_CA needs both")
        if not self.database_url.startswith("postgres") and self.shards > 1:
            raise ValueError("TIDINGS_SHARDS needs TIDINGS_DATABASE_URL: on SQLite the log has one shard")
        return self

    @property
    def has_own_metrics_port(self) -> bool:
        """Whether the operator has set the metrics port; the default one gives way to that of another instance."""
        return "metrics_port" in self.model_fields_set

    @property
    def own_edge_dir(self) -> Path:
        """Directory of the sockets and certificates of an Envoy that the operator runs."""
        return (self.edge_dir or self.data_dir / "edge").absolute()

    @property
    def tls(self) -> Files | None:
        """The files of the certificate; None where both ports speak without TLS."""
        if self.tls_cert is None or self.tls_key is None:
            return None
        return Files(self.tls_cert, self.tls_key, self.tls_client_ca)

    @property
    def public_hosts(self) -> list[str]:
        """Names of the settings of addresses that others than this machine reach."""
        hosts = {"TIDINGS_HTTP_HOST": self.http_host, "TIDINGS_GRPC_HOST": self.grpc_host}
        return [name for name, host in hosts.items() if not is_loopback(host)]

    @property
    def warnings(self) -> list[str]:
        """Lines for an operator whose server others than this machine can reach."""
        public = " and ".join(self.public_hosts)
        if not public:
            return []
        plain = f"{public}: others reach this server, and it speaks plain text: set TIDINGS_TLS_CERT and _KEY"
        demo = f"{public}: others reach this server, and it has the tenant demo: set TIDINGS_DEMO=false"
        return [plain] * (self.tls is None) + [demo] * self.demo

    @property
    def origins(self) -> tuple[str, ...]:
        """Origins whose pages may call REST."""
        return tuple(listed(self.cors_origins))

    @field_validator("sendgrid_api_key")
    @classmethod
    def _one_way(cls, value: str, info: ValidationInfo) -> str:
        if value and info.data.get("smtp_url"):
            raise ValueError("mail goes one way: set this or TIDINGS_SMTP_URL")
        return value

    @field_validator(
        "sendgrid_url",
        "public_url",
        "unsubscribe_url",
        "rate_limit_url",
        "nats_url",
        "otlp_endpoint",
        "aws_endpoint_url",
    )
    @classmethod
    def _url(cls, value: str, info: ValidationInfo) -> str:
        return setting_rules.url(info.field_name or "", value)

    @field_validator("mail_templates", "edge_dir", "tls_cert", "tls_key", "tls_client_ca", mode="before")
    @classmethod
    def _unset(cls, value: object) -> object:
        return None if value == "" else value  # pydantic makes the working directory of it

    @property
    def smtp_server(self) -> SmtpUrl | None:
        """SMTP server of outgoing mail; None where mail does not go by SMTP."""
        return SmtpUrl.parse(self.smtp_url) if self.smtp_url else None

    @property
    def mail_sender(self) -> Address:
        """Sender of all mail."""
        return address(self.mail_from)

    @property
    def sqlalchemy_url(self) -> str:
        """The URL in the form the async engine takes."""
        return setting_rules.sqlalchemy_url(self.database_url, self.data_dir)
