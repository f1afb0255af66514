"""The base of addresses that others are given."""

from tidings_server.settings import Settings


class PublicBase:
    """Base of the URLs by which recipients of mail, and holders of portal links, reach REST.

    `port` is Envoy's own where the settings leave it to the system.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.port = settings.http_port

    def url(self) -> str:
        """The URL, without a slash at its end."""
        settings = self._settings
        scheme = "http" if settings.tls is None else "https"
        return (settings.public_url or f"{scheme}://{settings.http_host}:{self.port}").rstrip("/")
