"""URLs of endpoints as they are sent: byte for byte as they were registered."""

import re
from typing import Final, NamedTuple

from yarl import URL

MAX_PORT: Final = 65_535
PORTS: Final = {"http": 80, "https": 443}

URL_RULE: Final = "an http or https URL with a host"
NO_EXTRAS: Final = "no user information and no fragment"

_URL: Final = re.compile(r"(https?)://([^/?]*)(.*)", re.IGNORECASE | re.DOTALL)
_AUTHORITY: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:]+)(?::([0-9]{0,5}))?")
_NAME: Final = re.compile(r"(?=.{1,254}\Z)[\w-]{1,63}(?:\.[\w-]{1,63})*\.?", re.ASCII)
"""A name that DNS may know. Source: RFC 1035, 2.3.4; underscores are in use."""
_BLANK: Final = re.compile(r"[\s\x00-\x20\x7f]")
_BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7f]+")


class Origin(NamedTuple):
    """The server that a connection goes to. `host` without brackets, as resolvers and certificates have it."""

    host: str
    port: int
    is_tls: bool


class EndpointUrl(NamedTuple):
    """A parsed URL: the server, the value of `Host`, and the target of the request line.

    `authority` and `target` are as the URL has them, `Host` included its port and its dot at the end. Only what HTTP
    cannot carry is encoded: a host of other scripts as A-labels, what else is beyond ASCII in percents of its UTF-8.
    """

    origin: Origin
    authority: str
    target: str

    @classmethod
    def parse(cls, url: str) -> "EndpointUrl":
        """Raises ValueError, which says the rule, for a URL that no request can be made of."""
        if _BLANK.search(url):
            raise ValueError("an http or https URL with a host, without blanks")
        if "#" in url:
            raise ValueError(NO_EXTRAS)
        parts = _URL.fullmatch(url)
        if parts is None:
            raise ValueError(URL_RULE)
        scheme, authority, target = parts[1].lower(), parts[2], parts[3]
        if "@" in authority:
            raise ValueError(NO_EXTRAS)
        host, port = _server(authority, PORTS[scheme])
        name = _in_ascii(host)
        if not (name.startswith("[") or _NAME.fullmatch(name)):
            raise ValueError(URL_RULE)
        named = name + authority[len(host) :].rstrip(":") if not authority.endswith("]") else authority
        target = _BEYOND_ASCII.sub(_percent_encoded, target if target.startswith("/") else f"/{target}")
        return cls(Origin(name.strip("[]"), port, is_tls=scheme == "https"), named, target)


def _server(authority: str, default_port: int) -> tuple[str, int]:
    parts = _AUTHORITY.fullmatch(authority)
    port = int(parts[2]) if parts and parts[2] else default_port
    if parts is None or not 1 <= port <= MAX_PORT:
        raise ValueError(URL_RULE)
    return parts[1], port


def _in_ascii(host: str) -> str:
    """The host as DNS has it. Raises ValueError for one that has no such form."""
    if host.isascii():
        return host
    return URL(f"http://{host}/").raw_host or ""


def _percent_encoded(text: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in text[0].encode())


def is_endpoint_url(text: str) -> bool:
    """Whether a request can be made of this URL as it is."""
    try:
        EndpointUrl.parse(text)
    except ValueError:
        return False
    return text.isprintable()
