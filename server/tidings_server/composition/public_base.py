"""The base of addresses that others are given."""

from tidings_server.settings import Settings


def public_base(settings: Settings) -> str:
    """Base of the URLs by which recipients of mail, and holders of portal links, reach REST."""
    scheme = "http" if settings.tls is None else "https"
    return settings.public_url or f"{scheme}://{settings.http_host}:{settings.http_port}"
