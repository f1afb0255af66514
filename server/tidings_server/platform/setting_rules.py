"""Rules of settings that pydantic has not. Each raises ValueError with the rule, never with the value."""

import re
from email.headerregistry import Address
from email.utils import parseaddr
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from tidings_server.platform.smtp_url import SmtpUrl

ORIGIN: Final = r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:.]+\](:\d{1,5})?"
"""As a browser sends it: in lower case, without a path."""
HOST: Final = r"(?=.{1,253}\Z)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*"
EMBEDDED: Final = "tidings.db"
"""Name of the embedded database in the data directory."""
DATABASES: Final = frozenset(("sqlite", "sqlite+aiosqlite", "postgresql", "postgres", "postgresql+asyncpg"))


DAYS: Final = 36_500
"""Most days of a setting, a century: what is later than the year 9999 is no instant."""
SECONDS: Final = 315_360_000
"""Most seconds of a setting, ten years."""
MIB: Final = 1 << 40
"""Most MiB of a setting, an exbibyte."""

Days = Annotated[int, Field(ge=0, le=DAYS)]
Seconds = Annotated[float, Field(ge=0.001, le=SECONDS, allow_inf_nan=False)]
Mib = Annotated[int, Field(ge=0, le=MIB)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]


def database_url(value: str) -> str:
    """The URL of a database, or nothing."""
    try:
        parts = urlsplit(value)
        is_url = parts.scheme in DATABASES and parts.port != 0 and bool(parts.path.strip("/") or parts.query)
    except ValueError:
        is_url = False
    if value and not is_url:
        raise ValueError("must be postgresql://user:password@host:5432/name or sqlite:////path/of/the.db")
    return value


SCHEMES: Final = {"rate_limit_url": ("redis://", "rediss://"), "nats_url": ("nats://", "tls://", "ws://", "wss://")}
"""Beginnings of the URLs of other servers; all other URLs are of the web."""
PLACEHOLDERS: Final = frozenset(("{customer}", "{email}"))
"""Names in the URL of an opt-out page."""


def url(setting: str, value: str) -> str:
    """A URL, or nothing; of NATS a comma list of them. OpenTelemetry's exporters take one without a scheme, too."""
    schemes = SCHEMES.get(setting, ("https://", "http://"))
    whole = f"{schemes[0]}{value}" if setting == "otlp_endpoint" and "://" not in value else value
    parts = (whole.split(",") if setting == "nats_url" else [whole]) if value else []
    if not all(part.startswith(schemes) for part in parts):
        raise ValueError(f"must begin with {' or '.join(schemes)}")
    if not all(map(_has_host, parts)):
        raise ValueError(f"must be {schemes[0]}host or {schemes[0]}host:port, without blanks")
    if setting == "unsubscribe_url" and not PLACEHOLDERS.issuperset(re.findall(r"\{.*?\}|[{}]", value)):
        raise ValueError("may have {customer} and {email}, and no other braces")
    return value


def _has_host(value: str) -> bool:
    """Whether a URL names a host, and a port that is one."""
    try:
        parts = urlsplit(value)
        return bool(parts.hostname) and parts.port != 0 and value.isprintable() and " " not in value
    except ValueError:
        return False


def directory(value: Path) -> Path:
    """A directory that is there or that can be made: no file stands in its place or above it."""
    nearest = next((path for path in (value, *value.absolute().parents) if path.exists()), value)
    if value == Path() or not str(value).isprintable() or not nearest.is_dir():
        raise ValueError("must be a directory, or a path where one can be made")
    return value


def directory_there(value: Path) -> Path:
    """A directory that is there."""
    if not value.is_dir():
        raise ValueError("must be a directory that is there")
    return value


def file_there(value: Path) -> Path:
    """A file that is there."""
    if not value.is_file():
        raise ValueError("must be a file that is there")
    return value


def archive(value: str) -> str:
    """A directory, or `s3://` with a bucket and what keys begin with; nothing for none."""
    if value and "://" not in value:
        directory(Path(value))
    elif value and not re.fullmatch(r"s3://[a-z0-9.-]{3,63}(/[!-~]*)?", value):
        raise ValueError("must be a directory or s3://bucket/prefix")
    return value


def printable(value: str) -> str:
    """A text of visible characters of ASCII and blanks, which a header can have."""
    if not (value.isascii() and value.isprintable()):
        raise ValueError("must be of visible ASCII characters")
    return value


def sqlalchemy_url(database_url: str, data_dir: Path) -> str:
    """The URL in the form that the async engine takes; the embedded database's where there is none."""
    if not database_url:
        return f"sqlite+aiosqlite:///{data_dir.absolute() / EMBEDDED}"
    scheme, _, rest = database_url.partition("://")
    driver = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
    return f"{driver.get(scheme, scheme)}://{rest}"


def networks(value: str) -> str:
    """A comma list of CIDRs."""
    try:
        for part in listed(value):
            ip_network(part, strict=False)
    except ValueError:
        raise ValueError("must be networks such as 10.0.0.0/8,fd00::/8") from None
    return value


def origins(value: str) -> str:
    """A comma list of origins."""
    if not all(re.fullmatch(ORIGIN, origin) for origin in listed(value)):
        raise ValueError("must be origins such as https://shop.example: scheme, host, unusual port")
    return value


def ip(value: str) -> str:
    """An IP address, which Envoy listens on; `localhost` is 127.0.0.1."""
    try:
        return str(ip_address("127.0.0.1" if value == "localhost" else value))
    except ValueError:
        raise ValueError("must be an IP address such as 127.0.0.1, 0.0.0.0 or ::") from None


def host(value: str) -> str:
    """An address to listen on: IP or the name of one."""
    if not re.fullmatch(HOST, value) and not _is_ip(value):
        raise ValueError("must be an IP address such as 127.0.0.1 or ::, or a name such as localhost")
    return value


def _is_ip(value: str) -> bool:
    try:
        return bool(ip_address(value))
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listed(text: str) -> list[str]:
    """The parts of a comma list."""
    return [part.strip() for part in text.split(",") if part.strip()]


def address(text: str) -> Address:
    """Parse one address, with or without a name. Raises ValueError."""
    name, address = parseaddr(text)
    is_whole = text.strip() == address or text.strip().endswith(f"<{address}>")
    if not re.fullmatch(r"[^\s/:]+@[^\s/:@]+", address) or not is_whole or not text.isprintable():
        raise ValueError("must be one address such as Shop <shop@example.com>")
    return Address(name, addr_spec=address)


def _mail_server(value: str) -> str:
    if value:
        SmtpUrl.parse(value)
    return value


def _sender(text: str) -> str:
    address(text)
    return text


IpAddress = Annotated[str, AfterValidator(ip)]
Host = Annotated[str, AfterValidator(host)]
DatabaseUrl = Annotated[str, AfterValidator(database_url)]
Networks = Annotated[str, AfterValidator(networks)]
Origins = Annotated[str, AfterValidator(origins)]
ArchivePlace = Annotated[str, AfterValidator(archive)]
Printable = Annotated[str, AfterValidator(printable)]
MailServer = Annotated[str, AfterValidator(_mail_server)]
Sender = Annotated[str, AfterValidator(_sender)]
Directory = Annotated[Path, AfterValidator(directory)]
DirectoryThere = Annotated[Path, AfterValidator(directory_there)]
FileThere = Annotated[Path, AfterValidator(file_there)]
