"""Every setting, from the environment with the prefix `TIDINGS_`. The only module that reads the environment.

README's table of settings is made from this class.
"""

from ipaddress import ip_network
from pathlib import Path

from pydantic import AliasChoices, Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


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
        "",
        repr=False,
        description="32 bytes in URL-safe base64, then, after commas, those before; empty: `master.key` in the data.",
    )
    egress_allow: str = Field("", description="Comma list of CIDRs that outgoing calls may reach although private.")
    aws_endpoint_url: str = Field(
        "", validation_alias=AliasChoices("AWS_ENDPOINT_URL"), description="AWS endpoint, as boto3 reads it."
    )
    demo: bool = Field(True, description="A new installation gets the tenant `demo` with credentials of every kind.")
    token_life_s: int = Field(18_000, ge=60, le=86_400, description="Life of an access token, in seconds.")
    signing_key_days: int = Field(90, ge=0, description="Days until a new key signs access tokens; 0: never.")
    tenant_events_per_second: int = Field(
        0, ge=0, le=1_000_000, description="Events a second of one tenant without a quota of its own; 0: no limit."
    )
    tenant_subscriptions: int = Field(
        10_000, ge=1, le=1_000_000, description="Subscriptions of one tenant without a quota of its own."
    )
    tenant_storage_mib: int = Field(
        0, ge=0, description="Size of all events of one tenant without a quota of its own, in MiB; 0: no limit."
    )
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

    @property
    def sqlalchemy_url(self) -> str:
        """The URL in the form the async engine takes."""
        if not self.database_url:
            return f"sqlite+aiosqlite:///{self.data_dir.absolute() / 'tidings.db'}"
        scheme, _, rest = self.database_url.partition("://")
        driver = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
        return f"{driver.get(scheme, scheme)}://{rest}"


def table() -> str:
    """Every setting as a row of a Markdown table: its variable, its default, what it is."""
    rows = ["| variable | default | what |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        variable = str(alias.choices[0]) if isinstance(alias, AliasChoices) else f"TIDINGS_{name.upper()}"
        default = "" if field.default in ("", None) else f"`{field.default}`"
        rows.append(f"| `{variable}` | {default} | {field.description} |")
    return "\n".join(rows)
