"""Rules of settings that pydantic has not. Each raises ValueError with the rule, never with the value."""

import re
from email.headerregistry import Address
from email.utils import parseaddr
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator

ORIGIN: Final = r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:.]+\](:\d{1,5})?"
"""As a browser sends it: in lower case, without a path."""
EMBEDDED: Final = "tidings.db"
"""Name of the embedded database in the data directory."""
DATABASES: Final = frozenset(("sqlite", "sqlite+aiosqlite", "postgresql", "postgres", "postgresql+asyncpg"))


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


def url(setting: str, value: str) -> str:
    """A URL, or nothing; of NATS a comma list of them."""
    schemes = SCHEMES.get(setting, ("https://", "http://"))
    if value and not all(part.startswith(schemes) for part in (value.split(",") if setting == "nats_url" else [value])):
        raise ValueError(f"must begin with {' or '.join(schemes)}")
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


IpAddress = Annotated[str, AfterValidator(ip)]


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
    if not address or "@" not in address or not text.isprintable():
        raise ValueError("one address such as Shop <shop@example.com>")
    return Address(name, addr_spec=address)
