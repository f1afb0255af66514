"""Addresses that others are given."""

from tidings_server.settings import Settings


class PublicBase:
    """Base of the URLs by which recipients of mail, and holders of portal links, reach REST.

    `port` is Envoy's own, and `grpc_port` the server's, where the settings leave it to the system.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.port = settings.http_port
        self.grpc_port = settings.grpc_port
        self.has_tls = settings.tls is not None

    def url(self) -> str:
        """The URL, without a slash at its end."""
        settings = self._settings
        scheme = "https" if self.has_tls else "http"
        return (settings.public_url or f"{scheme}://{settings.http_host}:{self.port}").rstrip("/")
