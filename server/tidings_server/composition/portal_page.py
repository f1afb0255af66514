"""The page of a portal link: that of the console, which the link's own origin may embed."""

from tidings_server.edge.configuration import find_assets
from tidings_server.edge.policies import console_policy
from tidings_server.identity.api.portal import PortalPage


def portal_page() -> PortalPage:
    """The page of the console as it is when the server starts."""
    file = find_assets() / "generated" / "console" / "index.html"
    html = file.read_bytes() if file.exists() else None

    def page(frame_origin: str | None) -> tuple[bytes, str] | None:
        return None if html is None else (html, console_policy(frame_origin or "'none'"))

    return page
