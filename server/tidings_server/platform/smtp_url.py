"""The address of a mail server as one URL, the way TIDINGS_SMTP_URL has it."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final, Self

from yarl import URL

PORTS: Final = {"smtp": 587, "smtps": 465}


class Tls(StrEnum):
    """Use of TLS on a connection: required, if offered, or never."""

    IMPLICIT = "implicit"
    """From its first byte: `smtps`."""
    REQUIRED = "required"
    """By STARTTLS before anything is sent; a server that does not offer it gets nothing."""
    OFFERED = "auto"
    """By STARTTLS where the server offers it."""
    NEVER = "never"
    """Not at all: for a server on the same machine."""


@dataclass(frozen=True, slots=True)
class SmtpUrl:
    """Address of the server that mail is submitted to.

    Without `username` there is no log-in. `ca_file` replaces the machine's authorities.
    """

    host: str
    port: int
    tls: Tls
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """The address in `smtp[s]://[user:password@]host[:port][?starttls=required|auto|never][&ca_file=path]`.

        The port is 587, with `smtps` 465. STARTTLS is required where there is a password, else used where it is
        offered. Raises ValueError, whose text repeats nothing of the URL, for another form.
        """
        url = _url(text)
        if url.scheme not in PORTS or not url.host or url.path not in {"", "/"} or url.fragment:
            raise ValueError("an SMTP server is smtp://host:587 or smtps://host:465, with user:password@ if it asks")
        if set(url.query) - {"starttls", "ca_file"}:
            raise ValueError("an SMTP server takes no parameters but starttls and ca_file")
        if bool(url.user) != bool(url.password):
            raise ValueError("a log-in to an SMTP server has a user and a password, both percent-encoded")
        ca_file = url.query.get("ca_file")
        return cls(
            host=url.host,
            port=url.explicit_port or PORTS[url.scheme],
            tls=_tls(url),
            username=url.user or "",
            password=url.password or "",
            ca_file=Path(ca_file) if ca_file else None,
        )


def _url(text: str) -> URL:
    try:
        return URL(text)
    except ValueError:
        raise ValueError("an SMTP server is named by a URL such as smtp://user:password@host:587") from None


def _tls(url: URL) -> Tls:
    starttls = url.query.get("starttls")
    if url.scheme == "smtps":
        if starttls:
            raise ValueError("smtps is encrypted from the start and takes no starttls")
        return Tls.IMPLICIT
    if starttls not in {None, Tls.REQUIRED, Tls.OFFERED, Tls.NEVER}:
        raise ValueError("starttls is required, auto or never")
    return Tls(starttls or (Tls.REQUIRED if url.password else Tls.OFFERED))
